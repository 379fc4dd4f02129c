import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import { boardPrefix, boardRecord } from '../fleet/boards.ts';
import { type AuthTable, groupIn } from '../fleet/broker/identify.ts';
import { groupOfLabels, groupOfNode, nodePrefix } from '../network/groups.ts';
import type { ObjectStore, StoreEvent } from '../store/types.ts';
import type { BoardRecord } from '../trust/join.ts';
import type { Trust } from '../trust/trust.ts';

type Objects = Pick<ObjectStore, 'list' | 'get'>;

/** Whom the broker lets in: users by token, boards by the one certificate that each was given last. */
export function authTable(trust: Pick<Trust, 'users'>, store: Objects): AuthTable {
  const boards: Record<string, string> = {};
  const groups: Record<string, string> = {};
  for (const { object } of store.list(boardPrefix)) {
    const record = boardRecord(object);
    boards[record.node] = record.certificateSerial;
    const group = groupOf(store, record);
    if (group !== defaultNetworkGroup) groups[record.node] = group;
  }
  return { users: trust.users.records, boards, groups };
}

/** Of a board that has no Node yet, the group that its Node will be in: a board that changes its group has to dial again. */
function groupOf(store: Objects, { node, labels }: BoardRecord): string {
  const stored = store.get(`${nodePrefix}${node}`);
  return stored === undefined ? groupOfLabels(labels) : groupOfNode(stored.object);
}

/** Tells `update` whenever users or boards change; a board that joins is told before it gets its answer. */
export function followAuth(
  trust: Pick<Trust, 'users'>,
  store: Objects & Pick<ObjectStore, 'watch'>,
  update: (table: AuthTable) => void,
): void {
  let table = authTable(trust, store);
  const changed = (): void => {
    table = authTable(trust, store);
    update(table);
  };
  // A Node changes often, and its group seldom.
  const regrouped = ({ type, stored: { object } }: StoreEvent): boolean => {
    const { name } = object.metadata;
    if (!Object.hasOwn(table.boards ?? {}, name)) return false;
    return type === 'deleted' || groupOfNode(object) !== (groupIn(table, name) ?? defaultNetworkGroup);
  };
  const nodesChanged = (events: readonly StoreEvent[]): void => {
    if (events.some(regrouped)) changed();
  };
  trust.users.onChange(changed);
  const watches = [
    store.watch({ prefix: boardPrefix, from: undefined, onEvents: changed }),
    store.watch({ prefix: nodePrefix, from: undefined, onEvents: nodesChanged }),
  ];
  if (watches.some(({ ok }) => !ok)) throw new Error('the store refuses to watch boards');
}
