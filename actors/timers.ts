import type { Host } from './host.ts';
import { Signal } from './signal.ts';

/** @throws RangeError when no timer can wait that long: a wrong sum would otherwise fire at once, or never. */
export function checkDelay(what: string, delayMs: number): void {
  if (delayMs >= 0 && Number.isFinite(delayMs)) return;
  throw new RangeError(`${what} is ${delayMs} ms; it must be a finite number, 0 or more`);
}

interface Timer<Msg> {
  readonly signal: Signal<Msg>;
  readonly cancel: () => void;
}

/** The named timers of one incarnation. A key belongs to its newest timer until that timer's message is taken. */
export class KeyedTimers<Msg> {
  readonly #host: Host;
  readonly #deliver: (signal: Signal<Msg>) => void;
  readonly #timers = new Map<string, Timer<Msg>>();

  constructor(host: Host, deliver: (signal: Signal<Msg>) => void) {
    this.#host = host;
    this.#deliver = deliver;
  }

  set(key: string, delayMs: number, message: Msg): void {
    this.cancel(key);
    const signal = new Signal(message, () => this.#timers.delete(key));
    this.#timers.set(key, { signal, cancel: this.#host.timer(delayMs, () => this.#deliver(signal)) });
  }

  cancel(key: string): void {
    const timer = this.#timers.get(key);
    if (timer === undefined) return;
    this.#timers.delete(key);
    // It may have fired already and wait in the signal lane.
    timer.signal.dropped = true;
    timer.cancel();
  }

  cancelAll(): void {
    for (const key of [...this.#timers.keys()]) this.cancel(key);
  }
}
