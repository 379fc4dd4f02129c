import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '@bramble/adapters/host/run.ts';
import type { Arrivals } from './arrivals.ts';
import { containerLayers } from './torn-layers.ts';

/** A start has its own need of the disk; what was made for it can wait until then. */
const settleMs = 500;
const syncTimeoutMs = 300_000;

/** The id of the image that the board has by a name, if any. */
type ImageId = (image: string) => Promise<string | undefined>;

/**
 * Sees to it that a power cut finds podman's storage on the disk, where the kernel alone would let half a minute pass.
 * Nothing waits for it and nothing fails with it: what is torn all the same, the next start throws away.
 */
export class StorageSync {
  readonly #graphRoot: string;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<'container' | 'image'>();
  #done: ReadonlySet<string> = new Set();

  readonly #arrivals: Pick<Arrivals, 'note'>;
  /** Notes of images that came, but are not known to be on the disk. */
  readonly #came = new Set<string>();

  /** An image that podman cannot look at is none: it is had anew. */
  readonly #idNow: ImageId;

  constructor(graphRoot: string, arrivals: Pick<Arrivals, 'note'>, imageId: ImageId) {
    this.#graphRoot = graphRoot;
    this.#arrivals = arrivals;
    this.#idNow = (image) => imageId(image).catch(() => undefined);
  }

  /** The small files without which its layer is nothing. What it wrote itself was never promised to last. */
  containerMade(): void {
    this.#soon('container', () => this.syncContainers());
  }

  /**
   * Until an image is on the disk as a whole, a note says that a power cut spoils it. One that was there already, and is
   * only looked up anew, must not be lost to a board that is cut off.
   */
  async imageComes(image: string, bring: () => Promise<void>): Promise<void> {
    const had = await this.#idNow(image);
    const note = await this.#arrivals.note(image, had);
    try {
      await bring();
    } finally {
      if (had !== undefined && (await this.#idNow(image)) === had) await rm(note, { force: true });
      else this.imagesCame([note]);
    }
  }

  imagesCame(notes: readonly string[]): void {
    for (const note of notes) this.#came.add(note);
    if (this.#came.size > 0) this.#soon('image', () => this.syncImages());
  }

  /** Their files are many, so it is the whole file system. */
  async syncImages(): Promise<void> {
    const came = [...this.#came];
    const { signal } = this.#closed;
    const { code } = await run('sync', ['-f', this.#graphRoot], { timeoutMs: syncTimeoutMs, signal });
    if (code !== 0) return;
    for (const note of came) {
      await rm(note, { force: true });
      this.#came.delete(note);
    }
  }

  /** Resolves with the layers that were not known to be on the disk. */
  async syncContainers(): Promise<string[]> {
    const layers = await containerLayers(this.#graphRoot);
    const fresh = layers.filter((layer) => !this.#done.has(layer));
    for (const layer of fresh) {
      for (const name of ['link', 'lower', '.'])
        await syncFile(join(this.#graphRoot, 'overlay', layer, name));
    }
    this.#done = new Set(layers);
    return fresh;
  }

  close(): void {
    this.#closed.abort();
  }

  /** Calls that come close together share one round. */
  #soon(what: 'container' | 'image', round: () => Promise<unknown>): void {
    if (this.#waiting.has(what)) return;
    this.#waiting.add(what);
    pause(settleMs, undefined, { ref: false, signal: this.#closed.signal })
      .finally(() => this.#waiting.delete(what))
      .then(round)
      .catch(() => undefined);
  }
}

/** What was removed meanwhile needs no disk. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return;
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
