import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { Verdict } from './verdict.ts';

/** A controller that hears for so long would have heard the board, if it were there. */
const hearingMs = 80_000;
/** What was decided while it heard may reach a slow disk this much later. */
const underWayMs = 20_000;

/** G6: pods are taken from a board that is lost only by a controller that was there to hear it. */
export class EvictionCheck {
  /** When the controller had last heard for long enough. */
  #heardMs = Number.NEGATIVE_INFINITY;
  readonly #verdict: Verdict;
  readonly #nowMs: () => number;
  readonly #linkedSinceMs: () => number | undefined;

  constructor(verdict: Verdict, nowMs: () => number, linkedSinceMs: () => number | undefined) {
    this.#verdict = verdict;
    this.#nowMs = nowMs;
    this.#linkedSinceMs = linkedSinceMs;
  }

  written({ stored: { key, object } }: EngineEvent): void {
    const nowMs = this.#nowMs();
    if (nowMs - (this.#linkedSinceMs() ?? nowMs) >= hearingMs) this.#heardMs = nowMs;
    if (object['reason'] !== 'TaintManagerEviction' || !key.startsWith('/registry/events/')) return;
    if (nowMs - this.#heardMs > underWayMs)
      this.#verdict.broken(
        'G6',
        `${object['message']}: by a controller that had not been there to hear its board`,
      );
  }
}
