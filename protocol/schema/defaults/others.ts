import { isObject, type JsonObject, objectAt } from '../json.ts';
import { withDefaults } from './set.ts';

/** A namespace's finalizer, phase, and the label by which selectors name it. */
export function defaultNamespace(namespace: JsonObject): JsonObject {
  const metadata = objectAt(namespace, 'metadata');
  const name = metadata['name'];
  const labelled = name
    ? { ...metadata, labels: { ...objectAt(metadata, 'labels'), 'kubernetes.io/metadata.name': name } }
    : metadata;
  return {
    ...namespace,
    metadata: labelled,
    spec: withDefaults(objectAt(namespace, 'spec'), { finalizers: ['kubernetes'] }),
    status: withDefaults(objectAt(namespace, 'status'), { phase: 'Active' }),
  };
}

/** What a node has is allocatable unless it says otherwise. */
export function defaultNode(node: JsonObject): JsonObject {
  const status = node['status'];
  if (!isObject(status) || !isObject(status['capacity'])) return node;
  return { ...node, status: withDefaults(status, { allocatable: status['capacity'] }) };
}

/** The type, and `stringData` written into `data`, where it is read from (Secret v1 core). */
export function defaultSecret(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = withDefaults(secret, { type: 'Opaque' });
  if (!isObject(stringData)) return { ...rest };
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  // Object.fromEntries defines its keys, so that one named `__proto__` is a key like any other.
  return { ...rest, data: { ...objectAt(secret, 'data'), ...Object.fromEntries(encoded) } };
}
