import type { Host, LogLevel } from './host.ts';
import type { ActorRef } from './ref.ts';
import type { Supervision } from './supervision.ts';

/**
 * An actor: a state, and a function from a state and a message to the next state.
 * `receive` is synchronous; work that waits goes out through `ctx.pipe` or `ctx.ask` and comes back as a message.
 */
export interface Actor<State, Msg> {
  start(ctx: ActorContext<Msg>): State;
  receive(state: State, message: Msg, ctx: ActorContext<Msg>): State;
  /** Lets go of what the state holds. Called once per incarnation: on stop, and before a restart. */
  stopped?(state: State, ctx: ActorContext<Msg>): void;
  readonly inbox?: InboxPolicy<Msg>;
  /** How this actor supervises its children. */
  readonly supervision?: Supervision;
}

export interface InboxPolicy<Msg> {
  /** Messages that may wait; 1,000 unless told. */
  readonly capacity?: number;
  /** What a full inbox does. `refuse` answers `false` to the sender; unless told, that. */
  readonly overflow?: 'refuse' | 'drop-oldest';
  /** Messages with the same key: the newest takes the place of the one that waits. `undefined`: never conflated. */
  readonly conflate?: (message: Msg) => string | undefined;
}

/** When a child that ended is started again: always, only after a failure, or never. */
export type RestartPolicy = 'permanent' | 'transient' | 'temporary';

export interface SpawnOptions {
  readonly restart?: RestartPolicy;
}

export interface AskOptions<Reply, Msg> {
  readonly timeoutMs: number;
  readonly onReply: (reply: Reply) => Msg;
  /** Also when the asked actor did not take the message. */
  readonly onTimeout: () => Msg;
}

export interface ActorContext<Msg> {
  readonly self: ActorRef<Msg>;
  readonly host: Host;
  /** Messages and signals that wait for this actor behind the one in hand. */
  readonly pending: number;
  /** Starts a child. Its first `start` runs before this returns; a failure there is the caller's failure. */
  spawn<S, M>(name: string, actor: Actor<S, M>, options?: SpawnOptions): ActorRef<M>;
  /** Stops a child, its own children first. */
  stop(child: ActorRef<never>): void;
  /** Ends this actor normally when the current turn returns. */
  stopSelf(): void;
  /** Delivers the outcome of `work` on the signal lane; nothing, if this incarnation has ended by then. */
  pipe<T>(work: Promise<T>, onValue: (value: T) => Msg, onError: (error: unknown) => Msg): void;
  ask<M, Reply>(
    target: ActorRef<M>,
    build: (replyTo: ActorRef<Reply>) => M,
    options: AskOptions<Reply, Msg>,
  ): void;
  /** Delivers `message` when `target` has stopped for good; at once if it has already. */
  watch(target: ActorRef<never>, message: Msg): void;
  unwatch(target: ActorRef<never>): void;
  /** (Re)starts the timer `key`. A timer that was set anew or cancelled never fires its old message. */
  setTimer(key: string, delayMs: number, message: Msg): void;
  cancelTimer(key: string): void;
  /**
   * A callback for adapters, which puts each event on the signal lane of this incarnation: never dropped, so
   * only for sources that are bounded themselves. What can flood goes through `self.send`.
   */
  listen<Event>(toMessage: (event: Event) => Msg): (event: Event) => void;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
