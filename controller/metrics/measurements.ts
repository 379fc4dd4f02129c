import type { Host } from '@bramble/actors/index.ts';
import type { Metrics } from '@bramble/protocol/messages/session.ts';

export interface Measurement {
  readonly metrics: Metrics;
  /** Milliseconds since the epoch, by the controller's clock: when it came. */
  readonly atMs: number;
}

/** So that a list of all boards is one asking. */
const askedAgainMs = 10_000;

/** What each board measured last. In memory only: it beats (guarantee G9). Bounded by the boards that have joined. */
export class Measurements {
  readonly #boards = new Map<string, Measurement>();
  readonly #onAsked: () => void;
  readonly #host: Pick<Host, 'monotonic'>;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** @param onAsked somebody wants to know how boards are: they should say it often for a while */
  constructor(onAsked: () => void, host: Pick<Host, 'monotonic'>) {
    this.#onAsked = onAsked;
    this.#host = host;
  }

  /** @param metrics `undefined`: the board was removed. */
  tell(node: string, metrics: Metrics | undefined, atMs: number): void {
    if (metrics) this.#boards.set(node, { metrics, atMs });
    else this.#boards.delete(node);
  }

  get(node: string): Measurement | undefined {
    this.#asked();
    return this.#boards.get(node);
  }

  get all(): ReadonlyMap<string, Measurement> {
    this.#asked();
    return this.#boards;
  }

  #asked(): void {
    const nowMs = this.#host.monotonic();
    if (nowMs - this.#askedAtMs < askedAgainMs) return;
    this.#askedAtMs = nowMs;
    this.#onAsked();
  }
}
