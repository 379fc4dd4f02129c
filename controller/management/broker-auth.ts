import { boardPrefix, boardRecord } from '../fleet/boards.ts';
import type { AuthTable } from '../fleet/broker/identify.ts';
import type { ObjectStore } from '../store/types.ts';
import type { Trust } from '../trust/trust.ts';

/** Whom the broker lets in: users by token, boards by the one certificate that each was given last. */
export function authTable(trust: Pick<Trust, 'users'>, store: Pick<ObjectStore, 'list'>): AuthTable {
  const records = store.list(boardPrefix).map(({ object }) => boardRecord(object));
  const boards = Object.fromEntries(records.map(({ node, certificateSerial }) => [node, certificateSerial]));
  return { users: trust.users.records, boards };
}

/** Tells `update` whenever users or boards change; a board that joins is told before it gets its answer. */
export function followAuth(
  trust: Pick<Trust, 'users'>,
  store: Pick<ObjectStore, 'list' | 'watch'>,
  update: (table: AuthTable) => void,
): void {
  const changed = (): void => update(authTable(trust, store));
  trust.users.onChange(changed);
  const watch = store.watch({ prefix: boardPrefix, from: undefined, onEvents: changed });
  if (!watch.ok) throw new Error('the store refuses to watch boards');
}
