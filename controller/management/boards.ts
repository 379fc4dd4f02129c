import type { Node } from '@bramble/protocol/schema/types.generated.ts';
import { boardKey, boardPrefix, boardRecord } from '../fleet/boards.ts';
import type { UnclaimedPods } from '../fleet/unclaimed.ts';
import type { ObjectStore } from '../store/types.ts';
import type { BoardRecord } from '../trust/join.ts';
import { type Answer, notAllowed, refusal } from './answer.ts';

export interface BoardsPorts {
  readonly store: ObjectStore;
  readonly unclaimed: UnclaimedPods;
}

/** Boards that joined. Removing one revokes its certificate at once: it must join again with a new token. */
export async function boards(ports: BoardsPorts, method: string, node: string | undefined): Promise<Answer> {
  const { store } = ports;
  if (method === 'GET' && node === undefined) {
    const records = store.list(boardPrefix).map(({ object }) => boardRecord(object));
    return { code: 200, body: { boards: records.map((record) => described(ports, record)) } };
  }
  if (method !== 'DELETE' || node === undefined) return notAllowed(method);
  if (!store.get(boardKey(node))) return refusal(404, 'NotFound', `there is no board "${node}"`);
  const keys = [boardKey(node), `/registry/nodes/${node}`].filter((key) => store.get(key));
  const removed = await store.commit({
    conditions: [],
    writes: keys.map((key) => ({ type: 'delete', key })),
  });
  if (removed.ok) return { code: 200, body: {} };
  return refusal(503, 'ServiceUnavailable', 'the store did not take it: try again');
}

/** What `bramble boards` shows of one; `ready` is `Unknown` from when it was lost, and before its first birth. */
function described({ store, unclaimed }: BoardsPorts, { node, joinedAt, labels }: BoardRecord): unknown {
  const object = store.get(`/registry/nodes/${node}`)?.object as Node | undefined;
  const condition = object?.status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: node,
    joinedAt,
    labels,
    ready: condition?.status ?? 'Unknown',
    since: condition?.lastTransitionTime ?? null,
    addresses: (object?.status?.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP')
      .map(({ address }) => address),
    version: object?.status?.nodeInfo?.kubeletVersion ?? '',
    unclaimed: unclaimed.on(node).length,
  };
}
