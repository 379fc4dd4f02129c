import type { Host } from '@bramble/actors/index.ts';

/** One direction of a TCP connection: delayed, in order, and holding on to what cannot pass while the link is cut. */
export class OrderedPipe {
  readonly #host: Host;
  /** When the last of each lane arrives; a lane is in order within itself alone. */
  readonly #lanesMs = new Map<string, number>();
  /** Nothing that is sent from now on arrives before this. */
  #barrierMs = 0;
  #latestMs = 0;
  #paused = false;
  #held: (() => void)[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /** `arrive` runs after the delay, never before what was sent earlier: at all, or in the same lane. */
  send(delayMs: number, arrive: () => void, lane?: string): void {
    const nowMs = this.#host.monotonic();
    const atMs = this.#place(nowMs + delayMs, lane);
    this.#host.timer(atMs - nowMs, () => {
      if (this.#paused) this.#held.push(arrive);
      else arrive();
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const arrive of held) arrive();
  }

  #place(earliestMs: number, lane: string | undefined): number {
    const afterMs = lane === undefined ? this.#latestMs : (this.#lanesMs.get(lane) ?? this.#barrierMs);
    const atMs = Math.max(afterMs, earliestMs);
    this.#latestMs = Math.max(this.#latestMs, atMs);
    if (lane !== undefined) this.#lanesMs.set(lane, atMs);
    else {
      this.#barrierMs = atMs;
      this.#lanesMs.clear();
    }
    return atMs;
  }
}
