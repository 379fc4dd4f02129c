import { referencesOf } from '@bramble/protocol/references.ts';
import type { StoredObject } from '../store/types.ts';
import { nodeOfPod } from './desired.ts';

/** Which pods are bound to which board, and which boards need which ConfigMap or Secret. */
export class PodIndex {
  readonly #pods = new Map<string, Map<string, StoredObject>>();
  readonly #nodeOf = new Map<string, string>();
  /** `/registry/configmaps/default/web` → keys of the pods that name it. */
  readonly #users = new Map<string, Set<string>>();

  podsOn(node: string): Iterable<StoredObject> {
    return this.#pods.get(node)?.values() ?? [];
  }

  /** Notes a pod as it is now (`undefined`: deleted); the boards that this concerns. */
  put(key: string, stored: StoredObject | undefined): string[] {
    const before = this.#nodeOf.get(key);
    const node = stored && nodeOfPod(stored);
    if (before !== undefined && (before !== node || this.#isOther(key, before, stored)))
      this.#drop(key, before);
    if (stored && node !== undefined) this.#add(key, node, stored);
    return [...new Set([before, node])].filter((name) => name !== undefined);
  }

  /** The boards with pods that name this ConfigMap or Secret. */
  usersOf(key: string): string[] {
    const nodes = new Set<string>();
    for (const pod of this.#users.get(key) ?? []) {
      const node = this.#nodeOf.get(pod);
      if (node !== undefined) nodes.add(node);
    }
    return [...nodes];
  }

  /** Another pod of the same name. */
  #isOther(key: string, node: string, stored: StoredObject | undefined): boolean {
    return this.#pods.get(node)?.get(key)?.object.metadata.uid !== stored?.object.metadata.uid;
  }

  #add(key: string, node: string, stored: StoredObject): void {
    const known = this.#nodeOf.has(key);
    this.#nodeOf.set(key, node);
    const pods = this.#pods.get(node);
    if (pods) pods.set(key, stored);
    else this.#pods.set(node, new Map([[key, stored]]));
    // A pod's references cannot change: its spec is immutable but for images.
    if (known) return;
    for (const reference of referenceKeys(stored)) {
      const users = this.#users.get(reference);
      if (users) users.add(key);
      else this.#users.set(reference, new Set([key]));
    }
  }

  #drop(key: string, node: string): void {
    this.#nodeOf.delete(key);
    const pods = this.#pods.get(node);
    const stored = pods?.get(key);
    pods?.delete(key);
    if (pods?.size === 0) this.#pods.delete(node);
    if (!stored) return;
    for (const reference of referenceKeys(stored)) {
      const users = this.#users.get(reference);
      users?.delete(key);
      if (users?.size === 0) this.#users.delete(reference);
    }
  }
}

function referenceKeys({ object }: StoredObject): string[] {
  return referencesOf(object).map(
    ({ plural, name }) => `/registry/${plural}/${object.metadata.namespace}/${name}`,
  );
}
