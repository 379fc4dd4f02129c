import type { Actor, ActorContext, AskOptions, SpawnOptions } from './actor.ts';
import type { AnyCell, Cell } from './cell.ts';
import type { Host, LogLevel } from './host.ts';
import type { ActorRef } from './ref.ts';

/** What one incarnation of an actor may do. Released with it; whatever it set going then falls silent. */
export class Context<Msg> implements ActorContext<Msg> {
  readonly #cell: Cell<unknown, Msg>;
  readonly #incarnation: number;
  #timers: Map<string, () => void> | undefined;
  #watched: Set<AnyCell> | undefined;

  constructor(cell: Cell<unknown, Msg>) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
  }

  get self(): ActorRef<Msg> {
    return this.#cell;
  }

  get host(): Host {
    return this.#cell.system.host;
  }

  spawn<S, M>(name: string, actor: Actor<S, M>, options: SpawnOptions = {}): ActorRef<M> {
    return this.#cell.spawn(name, actor, options);
  }

  stop(child: ActorRef<never>): void {
    const cell = child as AnyCell;
    if (cell.parent !== this.#cell) throw new Error(`${this.#cell.path} cannot stop ${child.path}: not its child`);
    cell.terminate();
  }

  stopSelf(): void {
    this.#cell.endAfterTurn();
  }

  pipe<T>(work: Promise<T>, onValue: (value: T) => Msg, onError: (error: unknown) => Msg): void {
    const cell = this.#cell;
    const incarnation = this.#incarnation;
    work.then(
      (value) => cell.signal(onValue(value), incarnation),
      (error) => cell.signal(onError(error), incarnation),
    );
  }

  ask<M, Reply>(target: ActorRef<M>, build: (replyTo: ActorRef<Reply>) => M, options: AskOptions<Reply, Msg>): void {
    let open = true;
    const settle = (message: Msg): boolean => {
      if (!open) return false;
      open = false;
      cancel();
      this.#cell.signal(message, this.#incarnation);
      return true;
    };
    const cancel = this.host.timer(options.timeoutMs, () => settle(options.onTimeout()));
    const replyTo: ActorRef<Reply> = {
      path: `${this.#cell.path}?reply`,
      send: (reply) => settle(options.onReply(reply)),
    };
    if (!target.send(build(replyTo))) settle(options.onTimeout());
  }

  watch(target: ActorRef<never>, message: Msg): void {
    const cell = target as AnyCell;
    this.#watched ??= new Set();
    this.#watched.add(cell);
    cell.addWatcher(this.#cell, () => this.#cell.signal(message, this.#incarnation));
  }

  unwatch(target: ActorRef<never>): void {
    const cell = target as AnyCell;
    this.#watched?.delete(cell);
    cell.removeWatcher(this.#cell);
  }

  setTimer(key: string, delayMs: number, message: Msg): void {
    this.cancelTimer(key);
    this.#timers ??= new Map();
    const cancel = this.host.timer(delayMs, () => {
      // A timer that was set anew in the meantime owns the key now.
      if (this.#timers?.get(key) !== cancel) return;
      this.#timers.delete(key);
      this.#cell.signal(message, this.#incarnation);
    });
    this.#timers.set(key, cancel);
  }

  cancelTimer(key: string): void {
    this.#timers?.get(key)?.();
    this.#timers?.delete(key);
  }

  listen<Event>(toMessage: (event: Event) => Msg): (event: Event) => void {
    return (event) => this.#cell.signal(toMessage(event), this.#incarnation);
  }

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const entry = { level, from: this.#cell.path, message };
    this.host.log(fields ? { ...entry, fields } : entry);
  }

  release(): void {
    if (this.#timers) for (const cancel of this.#timers.values()) cancel();
    this.#timers = undefined;
    if (this.#watched) for (const cell of this.#watched) cell.removeWatcher(this.#cell);
    this.#watched = undefined;
  }
}

export type { Actor };
