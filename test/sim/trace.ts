import { createHash } from 'node:crypto';
import type { Host } from '@bramble/actors/index.ts';

/** Everything that happened, in order: as a hash, and as text for whoever looks at a seed. */
export class Trace {
  lines = 0;
  readonly #hash = createHash('sha256');
  readonly #clock: Pick<Host, 'monotonic'>;
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(clock: Pick<Host, 'monotonic'>, onLine: ((line: string) => void) | undefined) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  note(line: string): void {
    const stamped = `${this.#clock.monotonic().toFixed(3)} ${line}`;
    this.lines += 1;
    this.#hash.update(stamped).update('\n');
    this.#onLine?.(stamped);
  }

  /** The same for two runs exactly when all their lines are. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
