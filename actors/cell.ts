import type { Actor, RestartPolicy, SpawnOptions } from './actor.ts';
import { Context } from './context.ts';
import { Family } from './family.ts';
import { Inbox } from './inbox.ts';
import type { ActorRef } from './ref.ts';
import { Ring } from './ring.ts';
import type { Signal } from './signal.ts';
import { checkSupervision } from './supervision.ts';
import type { ActorSystem } from './system.ts';

// The kernel keeps actors of unlike types side by side; the types are checked where they are spawned.
// biome-ignore lint/suspicious/noExplicitAny: existential type of a cell
export type AnyCell = Cell<any, any>;

/** `suspended`: between two incarnations. */
type Phase = 'running' | 'suspended' | 'stopped';

/** How an incarnation ends once its turn has returned. */
export type Outcome = { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly error: unknown };

const noState = Symbol('no state');

/** One actor: its state, its two lanes, its incarnations. Ref and cell are the same object. */
export class Cell<State, Msg> implements ActorRef<Msg> {
  readonly path: string;
  readonly system: ActorSystem;
  readonly parent: AnyCell | undefined;
  readonly actor: Actor<State, Msg>;
  readonly restart: RestartPolicy;
  /** In the ready queue, or taking its turn, after which the queue looks again. Belongs to the scheduler. */
  queued = false;
  #phase: Phase = 'suspended';
  #state: State | typeof noState = noState;
  #context: Context<Msg> | undefined;
  #outcome: Outcome | undefined;
  #family: Family | undefined;
  readonly #inbox: Inbox<Msg>;
  #signals: Ring<Signal<Msg>> | undefined;
  #watchers: Map<object, () => void> | undefined;

  constructor(
    system: ActorSystem,
    parent: AnyCell | undefined,
    name: string,
    actor: Actor<State, Msg>,
    restart: RestartPolicy,
  ) {
    if (name === '' || name.includes('/'))
      throw new Error(`'${name}' is no name for an actor: it must not be empty, nor contain a slash`);
    this.system = system;
    this.parent = parent;
    this.path = parent ? `${parent.path}/${name}` : name;
    this.actor = actor;
    this.restart = restart;
    this.#inbox = new Inbox(actor.inbox);
    if (actor.supervision) checkSupervision(actor.supervision);
  }

  get suspended(): boolean {
    return this.#phase === 'suspended';
  }

  get stopped(): boolean {
    return this.#phase === 'stopped';
  }

  get waiting(): number {
    return this.#inbox.size;
  }

  /** In inbox and signal lane. */
  get pending(): number {
    return this.#inbox.size + (this.#signals?.size ?? 0);
  }

  get hasWork(): boolean {
    if (this.#phase !== 'running') return false;
    return this.#inbox.size > 0 || this.#outcome !== undefined || (this.#signals?.size ?? 0) > 0;
  }

  send(message: Msg): boolean {
    if (this.#phase === 'stopped') return false;
    const put = this.#inbox.put(message);
    if (put !== 'taken') this.system.countOverflow(put);
    if (put === 'refused') return false;
    this.#wake();
    return true;
  }

  /** Puts a signal in the lane that never refuses. The context sees to it that it comes from this incarnation. */
  deliver(signal: Signal<Msg>): void {
    if (this.#phase !== 'running') return;
    this.#signals ??= new Ring();
    this.#signals.push(signal);
    this.#wake();
  }

  /** Ends the incarnation after the turn that runs, or in a turn of its own. A failure outweighs a normal end. */
  conclude(outcome: Outcome): void {
    if (this.#phase !== 'running' || this.#outcome?.kind === 'failed') return;
    this.#outcome = outcome;
    this.#wake();
  }

  /** Handles one message: signals first. */
  turn(): void {
    if (this.#phase !== 'running') return;
    if (this.#outcome === undefined) this.#handleNext();
    if (this.#outcome !== undefined) this.#settle(this.#outcome);
  }

  /** The start that the spawning actor waits for. @throws what `start` throws; the cell has stopped then. */
  begin(): void {
    this.#start();
    if (this.#outcome?.kind === 'failed') {
      const { error } = this.#outcome;
      this.terminate();
      throw error;
    }
    if (this.#outcome) this.#settle(this.#outcome);
  }

  /** A new incarnation, with the inbox of the one before. A failure is reported to the parent. */
  resume(): void {
    if (this.#phase !== 'suspended') return;
    this.#start();
    if (this.#outcome) this.#settle(this.#outcome);
    else if (this.#inbox.size > 0) this.#wake();
  }

  /** Ends the incarnation; a restart follows. */
  suspend(): void {
    if (this.#phase === 'running') this.#endIncarnation('suspended');
  }

  /** Stops for good, children first, and tells those who watch. */
  terminate(): void {
    if (this.#phase === 'stopped') return;
    this.#endIncarnation('stopped');
    this.#inbox.clear();
    this.parent?.childStopped(this);
    this.system.unregister(this);
    const watchers = this.#watchers;
    this.#watchers = undefined;
    if (watchers) for (const notify of watchers.values()) notify();
  }

  spawn<S, M>(name: string, actor: Actor<S, M>, options: SpawnOptions): Cell<S, M> {
    const cell = new Cell<S, M>(this.system, this, name, actor, options.restart ?? 'permanent');
    this.system.register(cell);
    this.#family ??= new Family(this);
    this.#family.add(cell);
    cell.begin();
    return cell;
  }

  childFailed(child: AnyCell, error: unknown): void {
    this.#family?.failed(child, error);
  }

  childStopped(child: AnyCell): void {
    this.#family?.forget(child);
  }

  addWatcher(watcher: object, notify: () => void): void {
    this.#watchers ??= new Map();
    this.#watchers.set(watcher, notify);
  }

  removeWatcher(watcher: object): void {
    this.#watchers?.delete(watcher);
  }

  #handleNext(): void {
    try {
      const signals = this.#signals;
      while (signals !== undefined && signals.size > 0) {
        const signal = signals.take() as Signal<Msg>;
        if (signal.dropped) continue;
        signal.taken?.();
        this.#receive(signal.message);
        return;
      }
      if (this.#inbox.size > 0) this.#receive(this.#inbox.take() as Msg);
    } catch (error) {
      this.#outcome = { kind: 'failed', error };
    }
  }

  #receive(message: Msg): void {
    this.#state = this.actor.receive(this.#state as State, message, this.#context as Context<Msg>);
  }

  #start(): void {
    this.#phase = 'running';
    this.#context = new Context(this);
    try {
      this.#state = this.actor.start(this.#context);
    } catch (error) {
      this.#outcome = { kind: 'failed', error };
    }
  }

  #settle(outcome: Outcome): void {
    if (outcome.kind === 'ended' && (this.restart !== 'permanent' || !this.parent)) {
      this.terminate();
      return;
    }
    const error =
      outcome.kind === 'failed' ? outcome.error : new Error(`${this.path} ended, but is permanent`);
    this.system.host.log({ level: 'error', from: this.path, message: 'actor failed', fields: { error } });
    this.#endIncarnation('suspended');
    if (this.parent) this.parent.childFailed(this, error);
    else this.system.rootFailed(this, error);
  }

  #endIncarnation(next: 'suspended' | 'stopped'): void {
    this.#family?.terminate();
    // The next incarnation has new children, and a restart budget that nobody has used.
    this.#family = undefined;
    this.#phase = next;
    const context = this.#context;
    const state = this.#state;
    this.#context = undefined;
    this.#state = noState;
    this.#outcome = undefined;
    this.#signals = undefined;
    context?.release();
    if (context === undefined || state === noState) return;
    try {
      this.actor.stopped?.(state, context);
    } catch (error) {
      this.system.host.log({
        level: 'error',
        from: this.path,
        message: 'stopped() failed',
        fields: { error },
      });
    }
  }

  #wake(): void {
    if (!this.queued && this.#phase === 'running') this.system.enqueue(this);
  }
}
