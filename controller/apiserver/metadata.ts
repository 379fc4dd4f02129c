import type { KubeObject, ObjectMeta } from '@bramble/protocol/kube.ts';
import { timeOf } from './time.ts';

/** Without vowels and what looks like another character, so that no words come out: Kubernetes' own alphabet. */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixCharacters = 5;
const maxBaseCharacters = 58;

/** `generateName` and five random characters. `random` is uniform in [0, 1). */
export function generatedName(base: string, random: () => number): string {
  let name = base.slice(0, maxBaseCharacters);
  for (let at = 0; at < suffixCharacters; at += 1) {
    name += suffixAlphabet.charAt(Math.floor(random() * suffixAlphabet.length));
  }
  return name;
}

export interface NewIdentity {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly nowMs: number;
  readonly generation: number | undefined;
}

/** The metadata of a new object: what a client may set, and what only the server does. */
export function metadataForCreate(given: ObjectMeta, identity: NewIdentity): ObjectMeta {
  const { namespace, generation } = identity;
  return {
    ...clientMetadata(given),
    name: identity.name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: identity.uid,
    ...(generation === undefined ? {} : { generation }),
    creationTimestamp: timeOf(identity.nowMs),
  };
}

/** The metadata of a changed object: the server's own fields stay as they were. */
export function metadataForUpdate(current: ObjectMeta, given: ObjectMeta): ObjectMeta {
  const kept: Record<string, unknown> = {};
  for (const field of serverFields) if (current[field] !== undefined) kept[field] = current[field];
  return { ...clientMetadata(given), ...kept, name: current.name };
}

const serverFields = [
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** What a client may set. Field ownership is not kept: server-side apply comes later. */
function clientMetadata(given: ObjectMeta): Partial<ObjectMeta> {
  const { labels, annotations, finalizers, ownerReferences, generateName } = given;
  const fields = { generateName, labels, annotations, ownerReferences, finalizers };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function withMetadata(object: KubeObject, changes: Partial<ObjectMeta>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...changes } };
}
