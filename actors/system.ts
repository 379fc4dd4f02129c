import type { Actor } from './actor.ts';
import { type AnyCell, Cell } from './cell.ts';
import type { Host } from './host.ts';
import type { ActorRef } from './ref.ts';
import { Scheduler } from './scheduler.ts';
import { checkDelay } from './timers.ts';

export interface ActorSystemOptions {
  /** Called once when the root actor fails, after all actors have stopped; the process should end. */
  readonly onRootFailure: (error: unknown) => void;
}

export interface SystemCounts {
  readonly turns: number;
  /** Turns longer than 10 ms; each is logged with the actor's path. */
  readonly slowTurns: number;
  readonly longestTurnMs: number;
  /** Messages that a full inbox refused. */
  readonly refused: number;
  /** Messages that gave way to newer ones in a full inbox. */
  readonly droppedOldest: number;
}

/** A tree of actors under one root, run by one shared ready queue. */
export class ActorSystem {
  readonly host: Host;
  readonly #options: ActorSystemOptions;
  readonly #scheduler: Scheduler;
  readonly #cells = new Map<string, AnyCell>();
  #root: AnyCell | undefined;
  #refused = 0;
  #droppedOldest = 0;

  constructor(host: Host, options: ActorSystemOptions) {
    this.host = host;
    this.#options = options;
    this.#scheduler = new Scheduler(host);
  }

  get counts(): SystemCounts {
    return { ...this.#scheduler.counts, refused: this.#refused, droppedOldest: this.#droppedOldest };
  }

  /** Starts the root of the tree. @throws when the system has one already, or when its start fails. */
  run<S, M>(name: string, actor: Actor<S, M>): ActorRef<M> {
    if (this.#root && !this.#root.stopped) throw new Error(`the system already runs ${this.#root.path}`);
    const cell = new Cell<S, M>(this, undefined, name, actor, 'temporary');
    this.#root = cell;
    this.register(cell);
    this.enter(() => cell.begin());
    return cell;
  }

  /**
   * Stops every actor, children first. Returns when all have let go of what they held; called from within
   * an actor's turn, it takes effect right after that turn.
   */
  stop(): void {
    this.#scheduler.afterTurn(() => this.#root?.terminate());
  }

  /** For code outside the actors: sends a question, resolves with the answer. @throws AskTimeout, AskRefused */
  ask<M, Reply>(
    target: ActorRef<M>,
    build: (replyTo: ActorRef<Reply>) => M,
    timeoutMs: number,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      checkDelay(`the time to ask ${target.path}`, timeoutMs);
      let open = true;
      const settle = (outcome: () => void): boolean => {
        if (!open) return false;
        open = false;
        cancel();
        outcome();
        return true;
      };
      const cancel = this.host.timer(timeoutMs, () => {
        settle(() => reject(new AskTimeout(target.path, timeoutMs)));
      });
      const replyTo = { path: '?reply', send: (reply: Reply) => settle(() => resolve(reply)) };
      try {
        if (!target.send(build(replyTo))) settle(() => reject(new AskRefused(target.path)));
      } catch (error) {
        settle(() => reject(error));
      }
    });
  }

  /** Paths of all living actors and how many messages wait for each. */
  census(): { path: string; waiting: number }[] {
    return [...this.#cells.values()].map((cell) => ({ path: cell.path, waiting: cell.waiting }));
  }

  register(cell: AnyCell): void {
    if (this.#cells.has(cell.path)) throw new Error(`an actor ${cell.path} already runs`);
    this.#cells.set(cell.path, cell);
  }

  unregister(cell: AnyCell): void {
    this.#cells.delete(cell.path);
  }

  rootFailed(cell: AnyCell, error: unknown): void {
    cell.terminate();
    this.#options.onRootFailure(error);
  }

  countOverflow(put: 'refused' | 'dropped-oldest'): void {
    if (put === 'refused') this.#refused += 1;
    else this.#droppedOldest += 1;
  }

  enqueue(cell: AnyCell): void {
    this.#scheduler.enqueue(cell);
  }

  enter(work: () => void): void {
    this.#scheduler.enter(work);
  }
}

export class AskTimeout extends Error {
  constructor(path: string, timeoutMs: number) {
    super(`${path} did not answer within ${timeoutMs} ms`);
    this.name = 'AskTimeout';
  }
}

/** The asked actor's inbox is full, or it has stopped. */
export class AskRefused extends Error {
  constructor(path: string) {
    super(`${path} takes no more messages`);
    this.name = 'AskRefused';
  }
}
