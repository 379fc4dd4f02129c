/** How long a key that failed waits: twice as long each time, up to a bound, and never two keys equally long. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

const mostResting = 1_000;

/** What became of the work on a key. */
export interface Finished {
  readonly failed: boolean;
  /** Look at the key again after this long, whether or not something changes. */
  readonly requeueAfterMs?: number | undefined;
  /** Whatever changes, do not look again before this long: a look that costs much is not taken for every change. */
  readonly restMs?: number | undefined;
}

/**
 * Keys that wait to be worked on, each once however often it was asked for, and never two workers on one key. Knows no
 * clock: times are milliseconds of whatever clock the caller uses.
 */
export class KeyedQueue {
  readonly #backoff: Backoff;
  /** In the order in which they came. */
  readonly #ready = new Set<string>();
  /** Not before this time. */
  readonly #later = new Map<string, number>();
  /** Keys that are worked on; `true` when they were asked for again meanwhile. */
  readonly #underWay = new Map<string, boolean>();
  /** Keys that are not due before this time, whatever changes. */
  readonly #resting = new Map<string, number>();
  /** Failures in a row. */
  readonly #failures = new Map<string, number>();

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  /** Keys that wait, now or for later. */
  get waiting(): number {
    return this.#ready.size + this.#later.size;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** Something changed: the key is due at once, also if it was to wait. */
  add(key: string): void {
    if (this.#underWay.has(key)) {
      this.#underWay.set(key, true);
      return;
    }
    this.#later.delete(key);
    this.#ready.add(key);
  }

  /** The next key that is due, which from now on is under way. */
  take(nowMs: number): string | undefined {
    for (const [key, dueMs] of this.#later) {
      if (dueMs > nowMs) continue;
      this.#later.delete(key);
      this.#ready.add(key);
    }
    for (const key of this.#ready) {
      this.#ready.delete(key);
      const restsUntilMs = this.#resting.get(key) ?? 0;
      if (restsUntilMs > nowMs) {
        this.#later.set(key, restsUntilMs);
        continue;
      }
      this.#resting.delete(key);
      this.#underWay.set(key, false);
      return key;
    }
    return undefined;
  }

  /** @param random uniform in [0, 1). */
  finish(key: string, { failed, requeueAfterMs, restMs = 0 }: Finished, nowMs: number, random: number): void {
    const askedAgain = this.#underWay.get(key) === true;
    if (!this.#underWay.delete(key)) throw new Error(`${key} was finished and not under way`);
    if (failed) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.#later.set(key, nowMs + this.#delayMs(failures, random));
      return;
    }
    this.#failures.delete(key);
    if (restMs > 0) this.#rest(key, nowMs, restMs);
    if (askedAgain) this.#ready.add(key);
    else if (requeueAfterMs !== undefined) this.#later.set(key, nowMs + Math.max(0, requeueAfterMs));
  }

  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** How long until the next key is due: 0 when one is; `undefined` when none waits. */
  dueInMs(nowMs: number): number | undefined {
    if (this.#ready.size > 0) return 0;
    let soonest: number | undefined;
    for (const dueMs of this.#later.values()) soonest = Math.min(soonest ?? dueMs, dueMs);
    return soonest === undefined ? undefined : Math.max(0, soonest - nowMs);
  }

  #rest(key: string, nowMs: number, restMs: number): void {
    // Keys that nobody asked for since need no rest any more.
    if (this.#resting.size >= mostResting)
      for (const [other, untilMs] of this.#resting) if (untilMs <= nowMs) this.#resting.delete(other);
    this.#resting.set(key, nowMs + restMs);
  }

  /** Half of it is left to chance, so that what failed together does not come back together. */
  #delayMs(failures: number, random: number): number {
    const { firstMs, maxMs } = this.#backoff;
    const whole = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
    return whole / 2 + (whole / 2) * random;
  }
}
