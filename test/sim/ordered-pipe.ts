import type { Host } from '@bramble/actors/index.ts';

/** One direction of a TCP connection: delayed, in order, and holding on to what cannot pass while the link is cut. */
export class OrderedPipe {
  readonly #host: Host;
  #lastAtMs = 0;
  #paused = false;
  #held: (() => void)[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /** `arrive` runs after the delay, never before what was sent earlier. */
  send(delayMs: number, arrive: () => void): void {
    const nowMs = this.#host.monotonic();
    this.#lastAtMs = Math.max(this.#lastAtMs, nowMs + delayMs);
    this.#host.timer(this.#lastAtMs - nowMs, () => {
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
}
