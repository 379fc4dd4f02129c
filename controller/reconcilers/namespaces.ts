import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import { kinds, storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { randomUuid } from '../random-id.ts';
import type { ObjectStore, StoredObject, StoreEvent, Write } from '../store/types.ts';
import { timestamp } from '../time.ts';

type Message = { readonly type: 'look' } | { readonly type: 'done'; readonly error: string | undefined };

interface State {
  readonly stopWatch: () => void;
  busy: boolean;
  again: boolean;
}

/** Kubernetes' own namespaces, which always exist. */
const permanent = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const namespacePrefix = '/registry/namespaces/';
const lookAgainMs = 300;
/** Objects removed in one transaction. */
const batch = 200;

/** Makes the permanent namespaces, and empties those that are being deleted; pods leave with their grace first. */
export function namespaceReconciler(store: ObjectStore): Actor<State, Message> {
  return {
    start(ctx) {
      const onEvents = ctx.listen((_events: readonly StoreEvent[]): Message => ({ type: 'look' }));
      const watch = store.watch({ prefix: namespacePrefix, from: undefined, onEvents });
      if (!watch.ok) throw new Error('the store refuses to watch namespaces');
      const state = { stopWatch: watch.stop, busy: false, again: false };
      look(store, state, ctx);
      return state;
    },
    receive(state, message, ctx) {
      if (message.type === 'look') {
        if (state.busy) state.again = true;
        else look(store, state, ctx);
        return state;
      }
      state.busy = false;
      if (message.error !== undefined) ctx.log('warn', 'namespaces', { error: message.error });
      if (state.again || missing(store).length > 0) lookLater(ctx);
      state.again = false;
      return state;
    },
    stopped: (state) => state.stopWatch(),
  };
}

function look(store: ObjectStore, state: State, ctx: ActorContext<Message>): void {
  const going = terminating(store);
  // Pods leave in their own time, and nobody tells of it here.
  if (going.length > 0) lookLater(ctx);
  const commits = missing(store).map((name) => create(store, name, ctx));
  for (const namespace of going) commits.push(...emptyOne(store, namespace, ctx));
  if (commits.length === 0) return;
  state.busy = true;
  ctx.pipe(
    Promise.all(commits),
    (): Message => ({ type: 'done', error: undefined }),
    (error): Message => ({ type: 'done', error: String(error) }),
  );
}

function lookLater(ctx: ActorContext<Message>): void {
  ctx.setTimer('look', lookAgainMs, { type: 'look' });
}

function missing(store: ObjectStore): string[] {
  return permanent.filter((name) => !store.get(`${namespacePrefix}${name}`));
}

function create(store: ObjectStore, name: string, ctx: ActorContext<Message>): Promise<unknown> {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid: randomUuid(ctx.host),
      creationTimestamp: timestamp(ctx.host),
      labels: { 'kubernetes.io/metadata.name': name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
  const key = `${namespacePrefix}${name}`;
  return store.commit({ conditions: [{ key, revision: 0 }], writes: [{ type: 'put', key, object }] });
}

function terminating(store: ObjectStore): StoredObject[] {
  return store.list(namespacePrefix).filter(({ object }) => object.metadata.deletionTimestamp !== undefined);
}

function emptyOne(
  store: ObjectStore,
  namespace: StoredObject,
  ctx: ActorContext<Message>,
): Promise<unknown>[] {
  const { name } = namespace.object.metadata;
  const left = kinds.filter((kind) => kind.namespaced).flatMap((kind) => store.list(storePrefix(kind, name)));
  if (left.length === 0) {
    if ((namespace.object.metadata.finalizers ?? []).length > 0) return [];
    const conditions = [{ key: namespace.key, revision: namespace.revision }];
    return [store.commit({ conditions, writes: [{ type: 'delete', key: namespace.key }] })];
  }
  const removals = left.flatMap((stored) => {
    const write = removal(stored, ctx);
    return write ? [{ conditions: [{ key: stored.key, revision: stored.revision }], writes: [write] }] : [];
  });
  // On a conflict somebody else wrote first, and the next look sees what.
  return removals.slice(0, batch).map((transaction) => store.commit(transaction));
}

/**
 * A pod on a board is told to go and leaves when its board says so; what has finalizers, when they are taken off;
 * everything else goes at once.
 */
function removal({ key, object }: StoredObject, ctx: ActorContext<Message>): Write | undefined {
  const spec = object['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  const onBoard = object.kind === 'Pod' && spec?.nodeName && phase !== 'Succeeded' && phase !== 'Failed';
  const held = (object.metadata.finalizers ?? []).length > 0;
  if (!onBoard && !held) return { type: 'delete', key };
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const grace = onBoard ? (spec.terminationGracePeriodSeconds ?? 30) : 0;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp({ now: () => ctx.host.now() + grace * 1_000 }),
    deletionGracePeriodSeconds: grace,
  };
  return { type: 'put', key, object: { ...object, metadata } };
}
