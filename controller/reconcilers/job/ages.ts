import type { Host } from '@bramble/actors/index.ts';

/** Milliseconds since `atMs`, a time of day; `id` says of what. */
export type AgeOf = (id: string, atMs: number) => number;

/**
 * How long ago something was, though clocks may be wrong: a time of day that is still to come was written by a board
 * whose clock is ahead, or by us before our own was put back. It counts from when it is first seen, by a clock that
 * does not jump; else a Job would wait for as long as the clocks are apart.
 */
export class Ages {
  readonly #host: Pick<Host, 'now' | 'monotonic'>;
  /** By what it belongs to, and what it is. */
  readonly #seenMs = new Map<string, Map<string, number>>();

  constructor(host: Pick<Host, 'now' | 'monotonic'>) {
    this.#host = host;
  }

  of(owner: string): AgeOf {
    return (id, atMs) => {
      const ageMs = this.#host.now() - atMs;
      const seenMs = this.#seenMs.get(owner)?.get(id);
      if (ageMs >= 0 && seenMs === undefined) return ageMs;
      return Math.max(ageMs, this.#host.monotonic() - (seenMs ?? this.#see(owner, id)));
    };
  }

  forget(owner: string): void {
    this.#seenMs.delete(owner);
  }

  #see(owner: string, id: string): number {
    const times = this.#seenMs.get(owner) ?? new Map<string, number>();
    this.#seenMs.set(owner, times);
    const nowMs = this.#host.monotonic();
    times.set(id, nowMs);
    return nowMs;
  }
}
