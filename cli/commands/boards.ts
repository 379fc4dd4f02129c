import { call, type Target } from '../client.ts';
import { age, table } from '../table.ts';

interface BoardInfo {
  readonly name: string;
  readonly joinedAt: number;
  readonly ready: string;
  /** RFC 3339; since when it is ready, or is not. */
  readonly since: string | null;
  readonly addresses: readonly string[];
  readonly version: string;
  readonly unclaimed: number;
}

const path = '/bramble/v1/boards';

export async function listBoards(target: Target, nowMs: number): Promise<string> {
  const { boards } = await call<{ boards: readonly BoardInfo[] }>(target, 'GET', path);
  const rows = boards.map((board) => [
    board.name,
    board.ready === 'True' ? 'Ready' : 'NotReady',
    board.since === null ? '<never>' : age(Date.parse(board.since), nowMs),
    board.addresses[0] ?? '<none>',
    board.version || '<none>',
    `${board.unclaimed}`,
    age(board.joinedAt, nowMs),
  ]);
  return table(['NAME', 'STATUS', 'SINCE', 'ADDRESS', 'VERSION', 'UNCLAIMED', 'JOINED'], rows);
}

export async function removeBoard(target: Target, name: string): Promise<string> {
  await call(target, 'DELETE', `${path}/${encodeURIComponent(name)}`);
  return [
    `board ${name} removed: its certificate is worth nothing any more, and its name is free.`,
    'What runs on it runs on, unseen. On the board, `bramble reset` ends it, or `bramble join URL TOKEN` brings it back.',
  ].join('\n');
}
