import { boardPrefix, boardRecord } from '../fleet/boards.ts';
import type { AuthTable } from '../fleet/broker/identify.ts';
import { groupsOf, nodePrefix } from '../network/groups.ts';
import type { ObjectStore } from '../store/types.ts';
import type { Trust } from '../trust/trust.ts';

/** Whom the broker lets in: users by token, boards by the one certificate that each was given last. */
export function authTable(trust: Pick<Trust, 'users'>, store: Pick<ObjectStore, 'list'>): AuthTable {
  const records = store.list(boardPrefix).map(({ object }) => boardRecord(object));
  const boards = Object.fromEntries(records.map(({ node, certificateSerial }) => [node, certificateSerial]));
  return { users: trust.users.records, boards, groups: groupsOf(store) };
}

/** Tells `update` whenever users or boards change; a board that joins is told before it gets its answer. */
export function followAuth(
  trust: Pick<Trust, 'users'>,
  store: Pick<ObjectStore, 'list' | 'watch'>,
  update: (table: AuthTable) => void,
): void {
  const changed = (): void => update(authTable(trust, store));
  let groups = JSON.stringify(groupsOf(store));
  // A Node changes often, and its group seldom.
  const nodeChanged = (): void => {
    const now = JSON.stringify(groupsOf(store));
    if (now === groups) return;
    groups = now;
    changed();
  };
  trust.users.onChange(changed);
  const watches = [
    store.watch({ prefix: boardPrefix, from: undefined, onEvents: changed }),
    store.watch({ prefix: nodePrefix, from: undefined, onEvents: nodeChanged }),
  ];
  if (watches.some(({ ok }) => !ok)) throw new Error('the store refuses to watch boards');
}
