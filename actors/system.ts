import type { Actor } from './actor.ts';
import { type AnyCell, Cell } from './cell.ts';
import type { Host } from './host.ts';
import type { ActorRef } from './ref.ts';

/** A turn longer than this is counted and reported: everything else waited for it. */
const slowTurnMs = 10;
/** After this long the loop lets timers and sockets have their turn. */
const sliceMs = 5;

export interface ActorSystemOptions {
  /** Called once when the root actor fails; the process should end. */
  readonly onRootFailure: (error: unknown) => void;
}

export interface SystemCounts {
  turns: number;
  slowTurns: number;
  longestTurnMs: number;
  refused: number;
}

/** A tree of actors under one root, run by one shared ready queue. */
export class ActorSystem {
  readonly host: Host;
  readonly counts: SystemCounts = { turns: 0, slowTurns: 0, longestTurnMs: 0, refused: 0 };
  readonly #options: ActorSystemOptions;
  readonly #cells = new Map<string, AnyCell>();
  #ready: AnyCell[] = [];
  #head = 0;
  #scheduled = false;
  #root: AnyCell | undefined;

  constructor(host: Host, options: ActorSystemOptions) {
    this.host = host;
    this.#options = options;
  }

  /** Starts the root of the tree. @throws when the system has one already, or when its start fails. */
  run<S, M>(name: string, actor: Actor<S, M>): ActorRef<M> {
    if (this.#root && !this.#root.stopped) throw new Error(`the system already runs ${this.#root.path}`);
    const cell = new Cell<S, M>(this, undefined, name, actor, 'temporary');
    this.#root = cell;
    this.register(cell);
    cell.begin();
    return cell;
  }

  /** Stops every actor, children first. Returns when all have let go of what they held. */
  stop(): void {
    this.#root?.terminate();
  }

  /** For code outside the actors: sends a question, resolves with the answer. @throws AskTimeout */
  ask<M, Reply>(target: ActorRef<M>, build: (replyTo: ActorRef<Reply>) => M, timeoutMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const cancel = this.host.timer(timeoutMs, () => reject(new AskTimeout(target.path, timeoutMs)));
      const replyTo: ActorRef<Reply> = {
        path: '?reply',
        send: (reply) => {
          cancel();
          resolve(reply);
          return true;
        },
      };
      if (target.send(build(replyTo))) return;
      cancel();
      reject(new AskRefused(target.path));
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
    if (this.#cells.get(cell.path) === cell) this.#cells.delete(cell.path);
  }

  rootFailed(cell: AnyCell, error: unknown): void {
    cell.terminate();
    this.#options.onRootFailure(error);
  }

  count(what: 'refused'): void {
    this.counts[what] += 1;
  }

  enqueue(cell: AnyCell): void {
    cell.queued = true;
    this.#ready.push(cell);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.host.defer(() => this.#runSlice());
  }

  #runSlice(): void {
    const began = this.host.monotonic();
    let before = began;
    while (this.#head < this.#ready.length) {
      const cell = this.#takeReady();
      cell.queued = false;
      cell.turn();
      if (cell.hasWork) {
        cell.queued = true;
        this.#ready.push(cell);
      }
      const after = this.host.monotonic();
      this.#measure(cell, after - before);
      before = after;
      if (after - began >= sliceMs) break;
    }
    if (this.#head < this.#ready.length) {
      this.host.defer(() => this.#runSlice());
      return;
    }
    this.#ready.length = 0;
    this.#head = 0;
    this.#scheduled = false;
  }

  #takeReady(): AnyCell {
    const waiting = this.#ready.length - this.#head;
    const pick = this.#head + this.host.nextTurn(waiting);
    const cell = this.#ready[pick] as AnyCell;
    if (pick !== this.#head) this.#ready[pick] = this.#ready[this.#head] as AnyCell;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#ready.length) {
      this.#ready.splice(0, this.#head);
      this.#head = 0;
    }
    return cell;
  }

  #measure(cell: AnyCell, tookMs: number): void {
    this.counts.turns += 1;
    if (tookMs > this.counts.longestTurnMs) this.counts.longestTurnMs = tookMs;
    if (tookMs <= slowTurnMs) return;
    this.counts.slowTurns += 1;
    this.host.log({ level: 'warn', from: cell.path, message: 'slow turn', fields: { tookMs: Math.round(tookMs) } });
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
