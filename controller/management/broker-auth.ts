import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import { boardPrefix, boardRecord } from '../fleet/boards.ts';
import type { AuthTable } from '../fleet/broker/identify.ts';
import { groupOfNode, groupsOf, nodePrefix } from '../network/groups.ts';
import type { ObjectStore, StoreEvent } from '../store/types.ts';
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
  const groups = new Map(Object.entries(groupsOf(store)));
  // A Node changes often, and its group seldom.
  const nodesChanged = (events: readonly StoreEvent[]): void => {
    // Each is noted, whatever the others say.
    if (events.filter((event) => noteGroup(groups, event)).length > 0) changed();
  };
  trust.users.onChange(changed);
  const watches = [
    store.watch({ prefix: boardPrefix, from: undefined, onEvents: changed }),
    store.watch({ prefix: nodePrefix, from: undefined, onEvents: nodesChanged }),
  ];
  if (watches.some(({ ok }) => !ok)) throw new Error('the store refuses to watch boards');
}

/** Whether the board is in another group than before. */
function noteGroup(groups: Map<string, string>, { type, stored: { object } }: StoreEvent): boolean {
  const { name } = object.metadata;
  const group = type === 'deleted' ? defaultNetworkGroup : groupOfNode(object);
  if (group === (groups.get(name) ?? defaultNetworkGroup)) return false;
  if (group === defaultNetworkGroup) groups.delete(name);
  else groups.set(name, group);
  return true;
}
