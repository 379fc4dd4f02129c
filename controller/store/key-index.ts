import { SortedObjects } from './sorted-objects.ts';
import type { StoredObject } from './types.ts';

/**
 * Stored objects by key, and in order of key per kind, so that listing a kind or a namespace touches nothing else.
 * Keys look like `/registry/{kind}/…`.
 */
export class KeyIndex {
  readonly #byKey = new Map<string, StoredObject>();
  readonly #kinds = new Map<string, SortedObjects>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): StoredObject | undefined {
    return this.#byKey.get(key);
  }

  put(stored: StoredObject): void {
    this.#byKey.set(stored.key, stored);
    const kind = kindOf(stored.key);
    let objects = this.#kinds.get(kind);
    if (!objects) {
      objects = new SortedObjects();
      this.#kinds.set(kind, objects);
    }
    objects.put(stored);
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return;
    const kind = kindOf(key);
    const objects = this.#kinds.get(kind);
    objects?.delete(key);
    if (objects?.isEmpty) this.#kinds.delete(kind);
  }

  /** In order of key. */
  list(prefix: string): StoredObject[] {
    const kind = completeKind(prefix);
    if (kind !== undefined) return this.#kinds.get(kind)?.startingWith(prefix) ?? [];
    // No complete kind begins another, so that kinds in order hold keys in order.
    const kinds = [...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1));
    return kinds.flatMap(([, objects]) => objects.startingWith(prefix));
  }
}

/** `/registry/pods/` of `/registry/pods/default/hello`; a key without three slashes is a kind of its own. */
function kindOf(key: string): string {
  return completeKind(key) ?? key;
}

function completeKind(key: string): string | undefined {
  const second = key.indexOf('/', 1);
  const third = second < 0 ? -1 : key.indexOf('/', second + 1);
  return third < 0 ? undefined : key.slice(0, third + 1);
}
