import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import { boardKey, boardPrefix, boardRecord } from '../fleet/boards.ts';
import { type AuthTable, type BoardChange, LiveAuth } from '../fleet/broker/identify.ts';
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

/** Who hears of changes. The table goes on changing: who is to see it as it was has to copy it. */
export interface AuthFollower {
  readonly all: (table: AuthTable) => void;
  readonly board: (change: BoardChange, table: AuthTable) => void;
}

/** Tells how it is now, and whenever users or boards change; a board that joins is told before it gets its answer. */
export function followAuth(
  trust: Pick<Trust, 'users'>,
  store: Objects & Pick<ObjectStore, 'watch'>,
  follower: AuthFollower,
): void {
  const table = new LiveAuth(authTable(trust, store));
  trust.users.onChange((users) => {
    table.users = users;
    follower.all(table);
  });
  const look = (node: string): void => {
    const change = changeOf(store, node);
    if (table.change(change)) follower.board(change, table);
  };
  const onEvents = (events: readonly StoreEvent[]): void => {
    for (const { stored } of events) look(stored.object.metadata.name);
  };
  const watches = [boardPrefix, nodePrefix].map((prefix) =>
    store.watch({ prefix, from: undefined, onEvents }),
  );
  if (watches.some(({ ok }) => !ok)) throw new Error('the store refuses to watch boards');
  follower.all(table);
}

/** As the store has it now. A Node changes often, and its group seldom. */
function changeOf(store: Objects, node: string): BoardChange {
  const stored = store.get(boardKey(node));
  if (!stored) return { node, serial: undefined, group: undefined };
  const record = boardRecord(stored.object);
  const group = groupOf(store, record);
  return { node, serial: record.certificateSerial, group: group === defaultNetworkGroup ? undefined : group };
}
