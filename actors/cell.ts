import type { Actor, ActorContext, AskOptions, RestartPolicy, SpawnOptions } from './actor.ts';
import { Context } from './context.ts';
import { Inbox } from './inbox.ts';
import type { ActorRef } from './ref.ts';
import { backoffDelay, checkSupervision, defaultSupervision, withinBudget } from './supervision.ts';
import type { ActorSystem } from './system.ts';

// The kernel keeps actors of unlike types side by side; the types are checked where they are spawned.
// biome-ignore lint/suspicious/noExplicitAny: existential type of a cell
export type AnyCell = Cell<any, any>;

type Phase = 'running' | 'restarting' | 'stopped';

/** One actor: its state, its two lanes, its children. Ref and cell are the same object. */
export class Cell<State, Msg> implements ActorRef<Msg> {
  readonly path: string;
  readonly system: ActorSystem;
  readonly parent: AnyCell | undefined;
  readonly actor: Actor<State, Msg>;
  readonly restart: RestartPolicy;
  readonly children: AnyCell[] = [];
  /** Grows with each start, so that what an ended incarnation set going is recognised and dropped. */
  incarnation = 0;
  queued = false;
  #phase: Phase = 'restarting';
  #state: State | undefined;
  #context: Context<Msg> | undefined;
  #ending = false;
  readonly #inbox: Inbox<Msg>;
  #signals: Msg[] | undefined;
  #watchers: Map<AnyCell, () => void> | undefined;
  #failures: number[] = [];
  #failuresInARow = 0;
  #cancelRestart: (() => void) | undefined;

  constructor(system: ActorSystem, parent: AnyCell | undefined, path: string, actor: Actor<State, Msg>, restart: RestartPolicy) {
    this.system = system;
    this.parent = parent;
    this.path = path;
    this.actor = actor;
    this.restart = restart;
    this.#inbox = new Inbox(actor.inbox);
    if (actor.supervision) checkSupervision(actor.supervision);
  }

  get stopped(): boolean {
    return this.#phase === 'stopped';
  }

  get waiting(): number {
    return this.#inbox.size;
  }

  send(message: Msg): boolean {
    if (this.#phase === 'stopped') return false;
    const taken = this.#inbox.put(message);
    if (taken) this.#wake();
    else this.system.count('refused');
    return taken;
  }

  /** Signals of an incarnation that has ended are dropped; none is ever refused. */
  signal(message: Msg, incarnation: number): void {
    if (incarnation !== this.incarnation || this.#phase !== 'running') return;
    this.#signals ??= [];
    this.#signals.push(message);
    this.#wake();
  }

  get hasWork(): boolean {
    return this.#phase === 'running' && ((this.#signals?.length ?? 0) > 0 || this.#inbox.size > 0);
  }

  /** Handles one message: signals first. */
  turn(): void {
    const signal = this.#signals?.shift();
    const message = signal === undefined ? this.#inbox.take() : signal;
    if (message === undefined || this.#context === undefined) return;
    try {
      this.#state = this.actor.receive(this.#state as State, message, this.#context);
      this.#failuresInARow = 0;
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.#ending) this.#endNormally();
  }

  begin(): void {
    this.incarnation += 1;
    this.#signals = undefined;
    this.#ending = false;
    this.#context = new Context(this);
    this.#phase = 'running';
    this.#state = this.actor.start(this.#context);
    if (this.#ending) this.#endNormally();
    else if (this.#inbox.size > 0) this.#wake();
  }

  endAfterTurn(): void {
    this.#ending = true;
  }

  /** The actor's own code threw, or a child used up its budget: the parent decides. */
  fail(error: unknown): void {
    if (this.#phase !== 'running') return;
    this.system.host.log({ level: 'error', from: this.path, message: 'actor failed', fields: { error } });
    this.#endIncarnation();
    this.#phase = 'restarting';
    if (this.parent) this.parent.childFailed(this, error);
    else this.system.rootFailed(this, error);
  }

  childFailed(child: AnyCell, error: unknown): void {
    if (this.#phase !== 'running') return;
    if (child.restart === 'temporary') {
      child.terminate();
      return;
    }
    const supervision = this.actor.supervision ?? defaultSupervision;
    const now = this.system.host.monotonic();
    this.#failures = withinBudget([...this.#failures, now], supervision, now);
    if (this.#failures.length > supervision.budget.restarts) {
      this.fail(new EscalatedFailure(this.path, child.path, supervision.budget.restarts, error));
      return;
    }
    const delay = backoffDelay(supervision, child.noteFailure(), this.system.host.random());
    const group = this.#restartGroup(child, supervision.strategy);
    for (const cell of [...group].reverse()) cell.suspend();
    child.scheduleRestart(delay, group);
  }

  noteFailure(): number {
    this.#failuresInARow += 1;
    return this.#failuresInARow;
  }

  /** Ends the incarnation of a sibling that is restarted along with one that failed. */
  suspend(): void {
    if (this.#phase === 'stopped') return;
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    if (this.#phase === 'running') this.#endIncarnation();
    this.#phase = 'restarting';
  }

  scheduleRestart(delayMs: number, group: readonly AnyCell[]): void {
    this.#cancelRestart = this.system.host.timer(delayMs, () => {
      this.#cancelRestart = undefined;
      for (const cell of group) if (!cell.resume()) return;
    });
  }

  /** `false` when the start failed, which has been reported to the parent by then. */
  resume(): boolean {
    if (this.#phase !== 'restarting') return true;
    try {
      this.begin();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Stops for good, children first, and tells those who watch. */
  terminate(): void {
    if (this.#phase === 'stopped') return;
    this.#cancelRestart?.();
    if (this.#phase === 'running') this.#endIncarnation();
    this.#phase = 'stopped';
    this.#inbox.clear();
    this.#signals = undefined;
    this.parent?.forget(this);
    this.system.unregister(this);
    const watchers = this.#watchers;
    this.#watchers = undefined;
    if (watchers) for (const notify of watchers.values()) notify();
  }

  forget(child: AnyCell): void {
    const at = this.children.indexOf(child);
    if (at >= 0) this.children.splice(at, 1);
  }

  addWatcher(watcher: AnyCell, notify: () => void): void {
    if (this.stopped) return notify();
    this.#watchers ??= new Map();
    this.#watchers.set(watcher, notify);
  }

  removeWatcher(watcher: AnyCell): void {
    this.#watchers?.delete(watcher);
  }

  spawn<S, M>(name: string, actor: Actor<S, M>, options: SpawnOptions): Cell<S, M> {
    const cell = new Cell<S, M>(this.system, this, `${this.path}/${name}`, actor, options.restart ?? 'permanent');
    this.system.register(cell);
    this.children.push(cell);
    try {
      cell.begin();
    } catch (error) {
      cell.terminate();
      throw error;
    }
    return cell;
  }

  #restartGroup(child: AnyCell, strategy: string): AnyCell[] {
    if (strategy === 'one-for-one') return [child];
    const from = strategy === 'one-for-all' ? 0 : this.children.indexOf(child);
    return this.children.slice(from).filter((cell) => cell === child || cell.restart !== 'temporary');
  }

  #endNormally(): void {
    if (this.restart !== 'permanent' || !this.parent) return this.terminate();
    this.#endIncarnation();
    this.#phase = 'restarting';
    this.parent.childFailed(this, new Error(`${this.path} ended, but is permanent`));
  }

  #endIncarnation(): void {
    for (const child of [...this.children].reverse()) child.terminate();
    const context = this.#context;
    this.#context = undefined;
    const state = this.#state;
    this.#state = undefined;
    const began = this.#phase === 'running';
    this.incarnation += 1;
    this.#signals = undefined;
    context?.release();
    if (!began || context === undefined || state === undefined) return;
    try {
      this.actor.stopped?.(state, context);
    } catch (error) {
      this.system.host.log({ level: 'error', from: this.path, message: 'stopped() failed', fields: { error } });
    }
  }

  #wake(): void {
    if (this.queued || this.#phase !== 'running') return;
    this.system.enqueue(this);
  }
}

/** A child failed more often than its parent's budget allows. */
export class EscalatedFailure extends Error {
  constructor(parent: string, child: string, restarts: number, cause: unknown) {
    super(`${child} failed more than ${restarts} times; ${parent} gives up`, { cause });
    this.name = 'EscalatedFailure';
  }
}

export type { ActorContext, AskOptions };
