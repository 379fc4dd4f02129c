import type { KubeObject } from '@bramble/protocol/kube.ts';
import { ownersOf } from '../../workloads/owners.ts';

/** Which objects name which owner, by the owner's uid: also owners that never were, or are gone. */
export class Dependents {
  readonly #keys = new Map<string, Set<string>>();

  add(key: string, object: KubeObject): void {
    for (const { uid } of ownersOf(object)) {
      const keys = this.#keys.get(uid);
      if (keys) keys.add(key);
      else this.#keys.set(uid, new Set([key]));
    }
  }

  remove(key: string, object: KubeObject): void {
    for (const { uid } of ownersOf(object)) {
      const keys = this.#keys.get(uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(uid);
    }
  }

  of({ metadata }: KubeObject): readonly string[] {
    return [...(this.#keys.get(metadata.uid ?? '') ?? [])];
  }
}
