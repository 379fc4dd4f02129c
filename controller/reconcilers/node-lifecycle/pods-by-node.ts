import type { PodObject } from '../../workloads/objects.ts';

/** Keys of the pods on each board. */
export class PodsByNode {
  readonly #keys = new Map<string, Set<string>>();
  readonly #nodes = new Map<string, string>();

  on(node: string): Iterable<string> {
    return this.#keys.get(node) ?? [];
  }

  /** Notes a pod as it is now (`undefined`: deleted). */
  put(key: string, pod: PodObject | undefined): void {
    const node = pod?.spec.nodeName || undefined;
    const before = this.#nodes.get(key);
    if (node === before) return;
    if (before !== undefined) this.#drop(key, before);
    if (node === undefined) return;
    this.#nodes.set(key, node);
    const keys = this.#keys.get(node);
    if (keys) keys.add(key);
    else this.#keys.set(node, new Set([key]));
  }

  #drop(key: string, node: string): void {
    this.#nodes.delete(key);
    const keys = this.#keys.get(node);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(node);
  }
}
