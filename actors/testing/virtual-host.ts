import type { Host, LogEntry } from '../host.ts';
import { Ring } from '../ring.ts';
import { checkDelay } from '../timers.ts';
import { seededRandom } from './random.ts';
import { TimerHeap } from './timer-heap.ts';

const keptLogs = 10_000;
/** Real timers are coarser still. */
const shortestWaitMs = 0.001;

export interface VirtualHostOptions {
  /** The same seed gives the same run; 1 unless told. */
  readonly seed?: number;
  /** Waiting actors run in a random order instead of first come, first served. */
  readonly randomTurns?: boolean;
  /** What `now()` answers at the beginning: milliseconds since the Unix epoch. */
  readonly startMs?: number;
  /** Gets each entry; unless told, at least the newest 10,000 are kept in `logs`. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Steps without the clock moving on, after which the run is taken for an endless loop; a million unless told. */
  readonly maxStepsAtOnce?: number;
}

/**
 * A host whose clock moves only when told to. A step is one deferred slice of turns or one timer. Deferred
 * slices come before timers; timers fire in the order of their times, equal ones in the order they were set.
 */
export class VirtualHost implements Host {
  readonly logs: LogEntry[] = [];
  readonly #timers = new TimerHeap();
  readonly #deferred = new Ring<() => void>();
  readonly #random: () => number;
  readonly #randomTurn: (() => number) | undefined;
  readonly #startMs: number;
  readonly #onLog: (entry: LogEntry) => void;
  readonly #maxStepsAtOnce: number;
  #elapsedMs = 0;
  #stepsAtOnce = 0;
  #steps = 0;
  #skewMs = 0;
  #stepping = false;

  constructor(options: VirtualHostOptions = {}) {
    const seed = options.seed ?? 1;
    this.#random = seededRandom(seed);
    // A stream of its own, so that drawing a random number elsewhere does not reorder the turns.
    this.#randomTurn = options.randomTurns ? seededRandom(seed ^ 0x5bd1e995) : undefined;
    this.#startMs = options.startMs ?? Date.UTC(2026, 0, 1);
    this.#onLog = options.onLog ?? ((entry) => this.#keep(entry));
    this.#maxStepsAtOnce = options.maxStepsAtOnce ?? 1_000_000;
  }

  now(): number {
    return this.#startMs + this.#skewMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  random(): number {
    return this.#random();
  }

  defer(turn: () => void): void {
    this.#deferred.push(turn);
  }

  timer(delayMs: number, fire: () => void): () => void {
    checkDelay('a timer', delayMs);
    // A wait so short that adding it changes nothing would never end for who waits until a time has come.
    const waitMs = delayMs > 0 ? Math.max(delayMs, shortestWaitMs) : 0;
    const timer = this.#timers.add(this.#elapsedMs + waitMs, fire);
    return () => this.#timers.remove(timer);
  }

  nextTurn(ready: number): number {
    return this.#randomTurn === undefined ? 0 : Math.floor(this.#randomTurn() * ready);
  }

  log(entry: LogEntry): void {
    this.#onLog(entry);
  }

  /** The wall clock jumps, as NTP makes it; the monotonic clock and the timers do not notice. */
  jumpWallClock(byMs: number): void {
    this.#skewMs += byMs;
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Deferred slices and timers so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Milliseconds until the next thing happens: 0 when it is due, `undefined` when nothing will. */
  get nextInMs(): number | undefined {
    if (this.#deferred.size > 0) return 0;
    const next = this.#timers.earliest;
    return next && Math.max(0, next.atMs - this.#elapsedMs);
  }

  /** Does the next thing, moving the clock to its time. `false` when there is nothing left to do. */
  step(): boolean {
    return this.#stepUntil(Number.POSITIVE_INFINITY);
  }

  /** Does all that is due now, without moving the clock. */
  runUntilIdle(): void {
    while (this.#stepUntil(this.#elapsedMs));
  }

  /** Moves the clock on, doing all that is due on the way. Promises wait until the caller awaits: see `elapse`. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    while (this.#stepUntil(untilMs));
    this.#moveClock(untilMs);
  }

  /** Does all that is due now, and lets promises go on after each step, until neither leaves anything to do. */
  async settle(): Promise<void> {
    await this.#settleUntil(this.#elapsedMs);
  }

  /** Like `advance`, and lets promises go on after each step, at the time of that step. */
  async elapse(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.#settleUntil(untilMs);
    this.#moveClock(untilMs);
  }

  async #settleUntil(untilMs: number): Promise<void> {
    await macrotask();
    while (this.#stepUntil(untilMs)) await microtasks();
    await macrotask();
  }

  #stepUntil(untilMs: number): boolean {
    const deferred = this.#deferred.take();
    if (deferred !== undefined) {
      this.#perform(deferred);
      return true;
    }
    const timer = this.#timers.earliest;
    if (timer === undefined || timer.atMs > untilMs) return false;
    this.#timers.remove(timer);
    this.#moveClock(timer.atMs);
    this.#perform(timer.fire);
    return true;
  }

  #moveClock(toMs: number): void {
    if (toMs <= this.#elapsedMs) return;
    this.#elapsedMs = toMs;
    this.#stepsAtOnce = 0;
  }

  #perform(work: () => void): void {
    if (this.#stepping) throw new Error('the virtual host is stepped from within one of its own steps');
    this.#steps += 1;
    this.#stepsAtOnce += 1;
    if (this.#stepsAtOnce > this.#maxStepsAtOnce)
      throw new Error(
        `${this.#maxStepsAtOnce} steps at ${this.#elapsedMs} ms: the run does not come to rest`,
      );
    this.#stepping = true;
    try {
      work();
    } finally {
      this.#stepping = false;
    }
  }

  #keep(entry: LogEntry): void {
    this.logs.push(entry);
    if (this.logs.length >= 2 * keptLogs) this.logs.splice(0, keptLogs);
  }
}

/** Resolves when no microtask is left: Node turns to this queue of its own only then. A macrotask costs more than a step. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The same, and the event loop has turned once. Real, but without a delay: the virtual clock stands still meanwhile. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
