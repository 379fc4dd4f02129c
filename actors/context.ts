import type { Actor, ActorContext, AskOptions, SpawnOptions } from './actor.ts';
import type { AnyCell, Cell } from './cell.ts';
import type { Host, LogLevel } from './host.ts';
import type { ActorRef } from './ref.ts';
import { Signal } from './signal.ts';
import { checkDelay, KeyedTimers } from './timers.ts';

/**
 * What one incarnation of an actor may do. Released with it; whatever it set going then falls silent, and
 * what is asked of it afterwards (by a callback that outlived the incarnation) does nothing.
 */
export class Context<Msg> implements ActorContext<Msg> {
  readonly #cell: Cell<unknown, Msg>;
  #released = false;
  #timers: KeyedTimers<Msg> | undefined;
  /** What cancels the timeout of each ask that is open. */
  #asks: Map<object, () => void> | undefined;
  #watched: Map<AnyCell, Signal<Msg>> | undefined;

  constructor(cell: Cell<unknown, Msg>) {
    this.#cell = cell;
  }

  get self(): ActorRef<Msg> {
    return this.#cell;
  }

  get host(): Host {
    return this.#cell.system.host;
  }

  get pending(): number {
    return this.#cell.pending;
  }

  spawn<S, M>(name: string, actor: Actor<S, M>, options: SpawnOptions = {}): ActorRef<M> {
    if (this.#released)
      throw new Error(`${this.#cell.path} cannot spawn ${name}: the incarnation that asks has ended`);
    return this.#cell.spawn(name, actor, options);
  }

  stop(child: ActorRef<never>): void {
    const cell = child as AnyCell;
    if (cell.parent !== this.#cell)
      throw new Error(`${this.#cell.path} cannot stop ${child.path}: not its child`);
    cell.terminate();
  }

  stopSelf(): void {
    if (!this.#released) this.#cell.conclude({ kind: 'ended' });
  }

  pipe<T>(work: Promise<T>, onValue: (value: T) => Msg, onError: (error: unknown) => Msg): void {
    work.then(
      (value) => this.#deliver(() => onValue(value)),
      (error) => this.#deliver(() => onError(error)),
    );
  }

  ask<M, Reply>(
    target: ActorRef<M>,
    build: (replyTo: ActorRef<Reply>) => M,
    options: AskOptions<Reply, Msg>,
  ): void {
    checkDelay(`the time to ask ${target.path}`, options.timeoutMs);
    if (this.#released) return;
    this.#asks ??= new Map();
    const asks = this.#asks;
    const settle = (toMessage: () => Msg): boolean => {
      if (!asks.delete(settle)) return false;
      cancel();
      this.#deliver(toMessage);
      return true;
    };
    const cancel = this.host.timer(options.timeoutMs, () => void settle(options.onTimeout));
    asks.set(settle, cancel);
    const path = `${this.#cell.path}?reply`;
    const taken = target.send(build({ path, send: (reply) => settle(() => options.onReply(reply)) }));
    if (!taken) settle(options.onTimeout);
  }

  watch(target: ActorRef<never>, message: Msg): void {
    const cell = target as AnyCell;
    if (typeof cell.addWatcher !== 'function')
      throw new TypeError(
        `${this.#cell.path} cannot watch ${target.path}: it is not an actor of this system`,
      );
    if (this.#released) return;
    this.unwatch(target);
    this.#watched ??= new Map();
    const signal = new Signal(message, () => this.#watched?.delete(cell));
    this.#watched.set(cell, signal);
    if (cell.stopped) this.#cell.deliver(signal);
    else cell.addWatcher(this, () => this.#cell.deliver(signal));
  }

  unwatch(target: ActorRef<never>): void {
    const cell = target as AnyCell;
    const signal = this.#watched?.get(cell);
    if (signal === undefined) return;
    // The target may have stopped already, and the notice wait in the signal lane.
    signal.dropped = true;
    this.#watched?.delete(cell);
    cell.removeWatcher(this);
  }

  setTimer(key: string, delayMs: number, message: Msg): void {
    checkDelay(`timer ${key} of ${this.#cell.path}`, delayMs);
    if (this.#released) return;
    this.#timers ??= new KeyedTimers(this.host, (signal) => this.#cell.deliver(signal));
    this.#timers.set(key, delayMs, message);
  }

  cancelTimer(key: string): void {
    this.#timers?.cancel(key);
  }

  listen<Event>(toMessage: (event: Event) => Msg): (event: Event) => void {
    return (event) => this.#deliver(() => toMessage(event));
  }

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const entry = { level, from: this.#cell.path, message };
    this.host.log(fields ? { ...entry, fields } : entry);
  }

  release(): void {
    this.#released = true;
    this.#timers?.cancelAll();
    if (this.#asks) for (const cancel of this.#asks.values()) cancel();
    this.#asks?.clear();
    if (this.#watched) for (const cell of this.#watched.keys()) cell.removeWatcher(this);
    this.#watched = undefined;
  }

  /** A mapping runs in the caller's turn, but what it throws is this actor's failure, not the caller's. */
  #deliver(toMessage: () => Msg): void {
    if (this.#released) return;
    try {
      this.#cell.deliver(new Signal(toMessage()));
    } catch (error) {
      this.#cell.conclude({ kind: 'failed', error });
    }
  }
}
