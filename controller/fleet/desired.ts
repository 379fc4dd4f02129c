import { digestOf } from '@bramble/protocol/digest.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';

/** One object that a board must hold: its key in the manifest, and the digest that names this version of it. */
export interface DesiredObject {
  /** `pods/{uid}`, `configmaps/{uid}`, `secrets/{uid}`. */
  readonly key: string;
  readonly plural: string;
  readonly uid: string;
  readonly digest: string;
  readonly stored: StoredObject;
}

/** Digests of objects as they stand: each is worked out once, however many boards and changes ask for it. */
export class DigestCache {
  readonly #known = new WeakMap<StoredObject, string>();

  of(plural: string, stored: StoredObject): string {
    const known = this.#known.get(stored);
    if (known !== undefined) return known;
    const digest = digestOf(plural, stored.object);
    this.#known.set(stored, digest);
    return digest;
  }
}

/** Everything one board must hold: its pods, and each ConfigMap and Secret that one of them names, once. */
export function desiredObjects(
  pods: Iterable<StoredObject>,
  store: Pick<ObjectStore, 'get'>,
  digests: DigestCache,
): DesiredObject[] {
  const desired = new Map<string, DesiredObject>();
  const add = (plural: string, stored: StoredObject): void => {
    const uid = stored.object.metadata.uid ?? '';
    const key = `${plural}/${uid}`;
    if (!desired.has(key)) desired.set(key, { key, plural, uid, digest: digests.of(plural, stored), stored });
  };
  for (const pod of pods) {
    add('pods', pod);
    for (const { plural, name } of referencesOf(pod.object)) {
      const stored = store.get(`/registry/${plural}/${pod.object.metadata.namespace}/${name}`);
      if (stored) add(plural, stored);
    }
  }
  return [...desired.values()];
}

/** The board that a pod is bound to. */
export function nodeOfPod(stored: StoredObject): string | undefined {
  return (stored.object['spec'] as { nodeName?: string } | undefined)?.nodeName || undefined;
}
