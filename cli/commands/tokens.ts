import { parseBoardLabels } from '@bramble/protocol/board-labels.ts';
import { call, type Target } from '../client.ts';
import { parseDurationMs } from '../duration.ts';
import { age, table } from '../table.ts';

export interface TokenOptions {
  readonly uses: string;
  readonly expires: string;
  readonly labels: string;
}

interface TokenInfo {
  readonly id: string;
  readonly usesLeft: number;
  readonly expiresAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

const path = '/bramble/v1/tokens';

/** Answers with the token. @throws Error naming the flag that is wrong */
export async function createToken(target: Target, options: TokenOptions): Promise<string> {
  const uses = Number(options.uses);
  if (!Number.isInteger(uses) || uses < 1) throw new Error(`--uses: "${options.uses}" is no count from 1 on`);
  const lifetimeMs = parseDurationMs(options.expires);
  if (lifetimeMs === undefined)
    throw new Error(`--expires: "${options.expires}" is no duration: write 90s, 15m, 12h, 30d or 4w`);
  const labels = parseBoardLabels(options.labels);
  if (typeof labels === 'string') throw new Error(`--labels: ${labels}`);
  const made = await call<{ token: string }>(target, 'POST', path, { uses, lifetimeMs, labels });
  return made.token;
}

export async function listTokens(target: Target, nowMs: number): Promise<string> {
  const { tokens } = await call<{ tokens: readonly TokenInfo[] }>(target, 'GET', path);
  const rows = tokens
    .filter(({ usesLeft }) => usesLeft > 0)
    .map(({ id, usesLeft, expiresAtMs, labels }) => [
      id,
      `${usesLeft}`,
      age(nowMs, expiresAtMs),
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',') || '<none>',
    ]);
  return table(['ID', 'USES LEFT', 'EXPIRES IN', 'LABELS'], rows);
}

/** @param text its id, or the token itself */
export async function revokeToken(target: Target, text: string): Promise<string> {
  const id = /^bramble1\.([0-9a-f]{12})\./.exec(text)?.[1] ?? text;
  await call(target, 'DELETE', `${path}/${encodeURIComponent(id)}`);
  return `token ${id} revoked; boards that joined with it stay`;
}
