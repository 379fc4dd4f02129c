import { createHash } from 'node:crypto';
import type { KubeObject } from './kube.ts';

/**
 * What a board sees of an object. Of a pod: its identity, its age, what was asked for, and whether it is to go; not its
 * status, which the board itself writes.
 */
export function boardView(plural: string, object: KubeObject): KubeObject {
  if (plural !== 'pods') return object;
  const { metadata, ...view } = podView(object);
  const { creationTimestamp } = object.metadata;
  return JSON.parse(JSON.stringify({ ...view, metadata: { ...metadata, creationTimestamp } }));
}

/**
 * What a pod's digest names: it changes only when the board has something to do. A pod's age never changes. What is not
 * there may stand in it as `undefined`.
 */
function podView(object: KubeObject) {
  const { name, namespace, uid, labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } =
    object.metadata;
  const metadata = {
    name,
    namespace,
    uid,
    labels,
    annotations,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  };
  return { apiVersion: object.apiVersion, kind: object.kind, metadata, spec: object['spec'] };
}

/**
 * Sixteen hexadecimal digits that name one version of what a board sees. ConfigMaps and Secrets are named by uid and
 * resourceVersion, so that a digest tells nothing about a Secret's content.
 */
export function digestOf(plural: string, object: KubeObject): string {
  const text =
    plural === 'pods'
      ? canonicalJson(podView(object))
      : `${plural} ${object.metadata.uid} ${object.metadata.resourceVersion}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** JSON with sorted keys: the same text for the same content. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(object).sort()) {
    const field = object[name];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
