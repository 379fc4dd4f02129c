import { type Kind, kindByPlural, storeKey } from '@bramble/protocol/kinds.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { Condition, ObjectStore } from '../store/types.ts';
import { nodeLeaseNamespace } from './ports.ts';
import { forbidden, notFound } from './status.ts';
import type { Target } from './target.ts';

/** Every cluster has these from its first start; the composition root creates what is missing. */
export const initialNamespaces: readonly string[] = [
  'default',
  'kube-system',
  'kube-public',
  nodeLeaseNamespace,
];

const immortal = new Set(['default', 'kube-system', 'kube-public']);

function namespaceKind(): Kind {
  const kind = kindByPlural('', 'namespaces');
  if (!kind) throw new Error('the table of kinds lacks namespaces');
  return kind;
}

/**
 * 404 for a namespace that is missing, 403 for one that is going. The condition makes the write fail if the namespace
 * changes before it is on disk: nothing is ever created in a namespace that was being emptied.
 */
export function requireNamespace(store: ObjectStore, target: Target, name: string): Condition[] {
  const { kind, namespace } = target;
  if (!kind.namespaced || namespace === undefined) return [];
  const key = storeKey(namespaceKind(), undefined, namespace);
  const stored = store.get(key);
  if (!stored) throw notFound(namespaceKind(), namespace);
  const { object, revision } = stored;
  const terminating = objectAt(object, 'status')['phase'] === 'Terminating';
  if (!terminating && object.metadata.deletionTimestamp === undefined) return [{ key, revision }];
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(kind, name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

/** The namespaces that everything else relies on stay. */
export function refuseImmortal(kind: Kind, name: string): void {
  if (kind.plural === 'namespaces' && immortal.has(name)) {
    throw forbidden(kind, name, 'this namespace may not be deleted');
  }
}
