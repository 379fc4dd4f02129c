import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';

/** In as long as watches gather what they write; where few watch, nobody waits. */
const mostAtOnce = 16;

/**
 * Writes to watches that need not wait for more to come. The count of writes is what a thousand watches cost, so that
 * there are but a few of these for all of them together.
 */
export class PromptWrites {
  #left = mostAtOnce;

  /** Whether there is one left, which is taken by that. */
  take(host: Pick<Host, 'timer'>): boolean {
    if (this.#left === 0) return false;
    if (this.#left === mostAtOnce)
      host.timer(limits.watchCoalesceMs, () => {
        this.#left = mostAtOnce;
      });
    this.#left -= 1;
    return true;
  }
}
