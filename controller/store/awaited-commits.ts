import { type ActorRef, AskRefused, AskTimeout, type Host } from '@bramble/actors/index.ts';
import type { CommitReply } from './store-actor.ts';
import type { TransactionResult } from './types.ts';

type Resolve = (result: TransactionResult) => void;
type Reject = (error: Error) => void;

/** Where the answer to one commit goes. The first answer counts. */
class AwaitedCommit implements ActorRef<CommitReply> {
  readonly path: string;
  readonly dueMs: number;
  readonly #resolve: Resolve;
  readonly #reject: Reject;
  readonly #settled: (commit: AwaitedCommit) => boolean;

  constructor(
    path: string,
    dueMs: number,
    resolve: Resolve,
    reject: Reject,
    settled: (commit: AwaitedCommit) => boolean,
  ) {
    this.path = path;
    this.dueMs = dueMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#settled = settled;
  }

  send(reply: CommitReply): boolean {
    if (!this.#settled(this)) return false;
    if (reply === 'overloaded') this.#reject(new AskRefused(this.path));
    else this.#resolve(reply);
    return true;
  }

  giveUp(timeoutMs: number): void {
    if (this.#settled(this)) this.#reject(new AskTimeout(this.path, timeoutMs));
  }
}

/**
 * The commits that wait for the store's answer, the oldest first. All may wait equally long, so that one timer, for
 * the oldest, serves them all: a timer for each costs more than its way through the store's actor.
 */
export class AwaitedCommits {
  readonly #path: string;
  readonly #host: Host;
  readonly #timeoutMs: number;
  readonly #open = new Set<AwaitedCommit>();
  readonly #settled = (commit: AwaitedCommit): boolean => this.#settle(commit);
  #cancelTimer: (() => void) | undefined;

  /** @param path of the actor that answers. */
  constructor(path: string, host: Host, timeoutMs: number) {
    this.#path = path;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with AskRefused when the answer is `overloaded`, with AskTimeout when none comes in time. */
  add(resolve: Resolve, reject: Reject): ActorRef<CommitReply> {
    const dueMs = this.#host.monotonic() + this.#timeoutMs;
    const commit = new AwaitedCommit(this.#path, dueMs, resolve, reject, this.#settled);
    this.#open.add(commit);
    this.#cancelTimer ??= this.#host.timer(this.#timeoutMs, () => this.#giveUpLate());
    return commit;
  }

  #settle(commit: AwaitedCommit): boolean {
    if (!this.#open.delete(commit)) return false;
    if (this.#open.size > 0) return true;
    // Timers that nobody needs would keep the process from ending.
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    return true;
  }

  #giveUpLate(): void {
    this.#cancelTimer = undefined;
    const nowMs = this.#host.monotonic();
    for (const commit of this.#open) {
      const waitMs = commit.dueMs - nowMs;
      if (waitMs > 0) {
        this.#cancelTimer = this.#host.timer(waitMs, () => this.#giveUpLate());
        return;
      }
      commit.giveUp(this.#timeoutMs);
    }
  }
}
