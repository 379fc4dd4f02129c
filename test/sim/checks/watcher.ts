import type { ApiRequest } from '@bramble/controller/apiserver/request.ts';
import type { StoreEvent } from '@bramble/controller/store/types.ts';
import { type ControllerLife, operator } from '../world/controller-process.ts';
import type { DurableHistory } from './durable-history.ts';
import { podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/**
 * A client that watches all pods through the API, and after each end of the controller goes on from the revision that
 * it saw last: G2.
 */
export class Watcher {
  /** Everything up to here has been seen, or was listed. */
  #seen = 0;
  #told: { readonly revision: number; readonly name: string }[] = [];
  #from = 0;
  readonly #history: DurableHistory;
  readonly #verdict: Verdict;

  constructor(history: DurableHistory, verdict: Verdict) {
    this.#history = history;
    this.#verdict = verdict;
  }

  /** Goes on watching in a new life of the controller; a 410 means listing anew. From 0 a watch promises nothing of what was. */
  async follow(life: ControllerLife): Promise<void> {
    this.check();
    if (this.#seen > 0 && (await this.#watch(life, this.#seen))) return;
    this.#seen = life.controller.store.revision;
    await this.#watch(life, this.#seen);
  }

  /** G2: what was told is what happened, without gaps. */
  check(): void {
    const expected = this.#history.events.filter(
      ({ stored: { key, revision } }) =>
        key.startsWith(podPrefix) && revision > this.#from && revision <= this.#seen,
    );
    const told = this.#told.map(({ revision }) => revision).join(' ');
    const happened = expected.map(({ stored }) => stored.revision).join(' ');
    if (told !== happened)
      this.#verdict.broken('G2', `a watch from ${this.#from} told ${told} where ${happened} happened`);
    this.#told = [];
    this.#from = this.#seen;
  }

  async #watch({ controller, process }: ControllerLife, from: number): Promise<boolean> {
    const answer = await controller.api.handle(watchRequest(from, process.now()));
    if (!process.alive) return true;
    if (answer.type !== 'watch') return false;
    let gone = false;
    this.#from = from;
    answer.watch.start({
      onEvents: (events) => process.alive && this.#take(events),
      onBookmark: () => {},
      onEnd: (status) => {
        gone = status?.code === 410;
        if (!gone && process.alive) this.#verdict.broken('G2', `a watch ended: ${status?.message}`);
      },
    });
    return !gone;
  }

  #take(events: readonly StoreEvent[]): void {
    for (const { stored } of events) {
      if (stored.revision <= this.#seen)
        this.#verdict.broken('G2', `a watcher was told ${stored.revision} after ${this.#seen}`);
      this.#seen = Math.max(this.#seen, stored.revision);
      this.#told.push({ revision: stored.revision, name: stored.key });
    }
  }
}

function watchRequest(from: number, nowMs: number): ApiRequest {
  return {
    user: operator,
    verb: 'watch',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: undefined,
    namespace: undefined,
    name: undefined,
    options: { watch: 'true', resourceVersion: String(from), timeoutSeconds: '100000' },
    body: undefined,
    receivedAt: nowMs,
  };
}
