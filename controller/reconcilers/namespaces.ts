import type { Host } from '@bramble/actors/index.ts';
import { kinds, storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { randomUuid } from '../random-id.ts';
import type { ObjectStore, StoredObject, Write } from '../store/types.ts';
import { timestamp } from '../time.ts';
import type { Plan, PlannedWrite, ReconcilerFactory, WatchRule } from './queue/reconciler.ts';

/** Kubernetes' own namespaces, which always exist. */
const permanent = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const namespacePrefix = '/registry/namespaces/';
const lookAgainMs = 300;
/** Objects removed in one go. */
const batch = 200;

type Clock = Pick<Host, 'now' | 'random'>;

/** Makes the permanent namespaces, and empties those that are being deleted; pods leave with their grace first. */
export function namespaces(store: ObjectStore): ReconcilerFactory {
  return (host) => ({
    watches: [watchNamespaces],
    first: permanent.map((name) => `${namespacePrefix}${name}`),
    reconcile(key): Plan {
      const stored = store.get(key);
      if (!stored) return { writes: creation(key, host) };
      if (stored.object.metadata.deletionTimestamp === undefined) return { writes: [] };
      // What is in it leaves in its own time, and nobody tells of it here.
      return { writes: emptying(store, stored, host), requeueAfterMs: lookAgainMs };
    },
  });
}

const watchNamespaces: WatchRule = { prefix: namespacePrefix, keys: ({ stored }) => [stored.key] };

function creation(key: string, host: Clock): PlannedWrite[] {
  const name = key.slice(namespacePrefix.length);
  if (!permanent.includes(name)) return [];
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid: randomUuid(host),
      creationTimestamp: timestamp(host),
      labels: { 'kubernetes.io/metadata.name': name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
  return [only({ key, revision: 0 }, { type: 'put', key, object })];
}

function emptying(store: ObjectStore, namespace: StoredObject, host: Clock): PlannedWrite[] {
  const { name } = namespace.object.metadata;
  const left = kinds.filter((kind) => kind.namespaced).flatMap((kind) => store.list(storePrefix(kind, name)));
  if (left.length === 0) {
    if ((namespace.object.metadata.finalizers ?? []).length > 0) return [];
    return [only(namespace, { type: 'delete', key: namespace.key })];
  }
  return left
    .flatMap((stored) => {
      const write = removal(stored, host);
      return write ? [only(stored, write)] : [];
    })
    .slice(0, batch);
}

/** On condition that nobody wrote meanwhile; if somebody did, the next look sees what. */
function only({ key, revision }: { key: string; revision: number }, write: Write): PlannedWrite {
  const transaction = { conditions: [{ key, revision }], writes: [write] };
  return { write: { type: 'transaction', transaction } };
}

/**
 * A pod on a board is told to go and leaves when its board says so; what has finalizers, when they are taken off;
 * everything else goes at once.
 */
function removal({ key, object }: StoredObject, host: Clock): Write | undefined {
  const spec = object['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  const onBoard = object.kind === 'Pod' && spec?.nodeName && phase !== 'Succeeded' && phase !== 'Failed';
  const held = (object.metadata.finalizers ?? []).length > 0;
  if (!onBoard && !held) return { type: 'delete', key };
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const grace = onBoard ? (spec.terminationGracePeriodSeconds ?? 30) : 0;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp({ now: () => host.now() + grace * 1_000 }),
    deletionGracePeriodSeconds: grace,
  };
  return { type: 'put', key, object: { ...object, metadata } };
}
