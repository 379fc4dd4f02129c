import type { StoredObject } from './types.ts';

/**
 * Stored objects by key, and in order of key per kind, so that listing a kind or a namespace touches nothing else.
 * Keys look like `/registry/{kind}/…`; their order is that of UTF-16 code units.
 */
export class KeyIndex {
  readonly #byKey = new Map<string, StoredObject>();
  readonly #kinds = new Map<string, StoredObject[]>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): StoredObject | undefined {
    return this.#byKey.get(key);
  }

  put(stored: StoredObject): void {
    this.#byKey.set(stored.key, stored);
    const kind = kindOf(stored.key);
    const sorted = this.#kinds.get(kind);
    if (!sorted) {
      this.#kinds.set(kind, [stored]);
      return;
    }
    const at = lowerBound(sorted, stored.key);
    sorted.splice(at, sorted[at]?.key === stored.key ? 1 : 0, stored);
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return;
    const kind = kindOf(key);
    const sorted = this.#kinds.get(kind) as StoredObject[];
    sorted.splice(lowerBound(sorted, key), 1);
    if (sorted.length === 0) this.#kinds.delete(kind);
  }

  /** In order of key. */
  list(prefix: string): StoredObject[] {
    const kind = completeKind(prefix);
    if (kind === undefined) return this.#across(prefix);
    const sorted = this.#kinds.get(kind) ?? [];
    return kind === prefix ? sorted.slice() : within(sorted, prefix);
  }

  #across(prefix: string): StoredObject[] {
    const found = [...this.#kinds.values()].flatMap((sorted) => within(sorted, prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
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

/** The part of `sorted` whose keys start with `prefix`. */
function within(sorted: readonly StoredObject[], prefix: string): StoredObject[] {
  const from = lowerBound(sorted, prefix);
  let to = from;
  while (to < sorted.length && (sorted[to] as StoredObject).key.startsWith(prefix)) to += 1;
  return sorted.slice(from, to);
}

/** The first place whose key is not below `key`. */
function lowerBound(sorted: readonly StoredObject[], key: string): number {
  let low = 0;
  let high = sorted.length;
  // Objects arrive in order of key when a store is opened: the end is looked at first.
  if (high === 0 || (sorted[high - 1] as StoredObject).key < key) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as StoredObject).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
