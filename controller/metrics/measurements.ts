import type { Metrics } from '@bramble/protocol/messages/session.ts';

export interface Measurement {
  readonly metrics: Metrics;
  /** Milliseconds since the epoch, by the controller's clock: when it came. */
  readonly atMs: number;
}

/** What each board measured last. In memory only: it beats (guarantee G9). Bounded by the boards that have joined. */
export class Measurements {
  readonly #boards = new Map<string, Measurement>();

  /** @param metrics `undefined`: the board was removed. */
  tell(node: string, metrics: Metrics | undefined, atMs: number): void {
    if (metrics) this.#boards.set(node, { metrics, atMs });
    else this.#boards.delete(node);
  }

  get(node: string): Measurement | undefined {
    return this.#boards.get(node);
  }

  get all(): ReadonlyMap<string, Measurement> {
    return this.#boards;
  }
}
