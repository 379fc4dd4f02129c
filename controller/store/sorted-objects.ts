import type { StoredObject } from './types.ts';

/** More in one chunk and it is split: a longer one costs more to insert into than to find. */
const mostPerChunk = 512;

type Chunk = StoredObject[];

/** Stored objects in order of key (of UTF-16 code units), in chunks, so that inserting stays cheap among many. */
export class SortedObjects {
  /** None is empty but the first, when nothing is held. */
  readonly #chunks: Chunk[] = [[]];

  get isEmpty(): boolean {
    return this.#chunks[0]?.length === 0;
  }

  /** Inserts, or takes the place of the one with the same key. */
  put(stored: StoredObject): void {
    const at = this.#chunkOf(stored.key);
    const chunk = this.#chunks[at] as Chunk;
    const place = lowerBound(chunk, stored.key);
    if (chunk[place]?.key === stored.key) chunk[place] = stored;
    else chunk.splice(place, 0, stored);
    if (chunk.length <= mostPerChunk) return;
    // What arrives in order fills chunks wholly; anything else leaves room in both halves.
    const cut = place === chunk.length - 1 ? place : chunk.length >> 1;
    this.#chunks.splice(at + 1, 0, chunk.splice(cut));
  }

  /** @param key one that is held. */
  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] as Chunk;
    chunk.splice(lowerBound(chunk, key), 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  startingWith(prefix: string): StoredObject[] {
    const found: StoredObject[] = [];
    for (let at = this.#chunkOf(prefix); at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at] as Chunk;
      let place = lowerBound(chunk, prefix);
      for (; place < chunk.length; place += 1) {
        const stored = chunk[place] as StoredObject;
        if (!stored.key.startsWith(prefix)) return found;
        found.push(stored);
      }
    }
    return found;
  }

  /** The last chunk that begins at or before `key`, or the first. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const [first] = this.#chunks[middle] as Chunk;
      if ((first as StoredObject).key <= key) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** The first place whose key is not below `key`. */
function lowerBound(chunk: Chunk, key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as StoredObject).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
