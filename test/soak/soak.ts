import { setTimeout as pause } from 'node:timers/promises';
import { churnBoards } from './churn/boards.ts';
import { event } from './churn/objects.ts';
import { Pace } from './churn/pace.ts';
import { churnReaders } from './churn/readers.ts';
import { churnStreams, makeTalker } from './churn/streams.ts';
import { churnSubscribers } from './churn/subscribers.ts';
import { churnWorkloads, deleteAll, makeStanding } from './churn/workloads.ts';
import type { Fleet } from './fleet.ts';
import type { Phase, Sample } from './sample.ts';

export interface SoakOptions {
  readonly fleet: Fleet;
  readonly minutes: number;
  /** Of these, nothing is judged in the first. */
  readonly warmUpMinutes: number;
  /** Events that lie in the store from the beginning, so that its quota is full and not what grows. */
  readonly events: number;
  readonly onSample: (sample: Sample) => void;
  /** Ends it early; what was measured is judged all the same. */
  readonly stopped: AbortSignal;
}

const sampleMs = 10_000;
const minuteMs = 60_000;
const restMinutes = 3;

/** Churn beside measuring; then everything is deleted, and what is left is measured. */
export class Soak {
  readonly pace = new Pace();
  readonly #options: SoakOptions;
  #beganMs = performance.now();

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { fleet, minutes, events } = this.#options;
    await fillEvents(fleet, events);
    this.#beganMs = performance.now() + minuteMs;
    await this.#measure('before', 0.5);
    await makeStanding(fleet.api);
    await makeTalker(fleet.api);
    await fleet.bramble.kubectl('wait -n soak --for=condition=Ready pods --all --timeout=120s');
    this.#beganMs = performance.now();
    this.#churn();
    await this.#measure('warm-up', this.#options.warmUpMinutes);
    await this.#measure('churn', minutes - this.#options.warmUpMinutes);
    await this.pace.stop();
    await deleteAll(fleet.api);
    await this.#measure('after', restMinutes, false);
    await fleet.check();
  }

  #churn(): void {
    const { fleet } = this.#options;
    churnWorkloads(this.pace, fleet.api);
    churnReaders(this.pace, fleet.api);
    churnStreams(this.pace, fleet);
    churnSubscribers(this.pace, fleet);
    churnBoards(this.pace, fleet);
  }

  /** @param stoppable the end is measured in any case */
  async #measure(phase: Phase, minutes: number, stoppable = true): Promise<void> {
    const { fleet, onSample, stopped } = this.#options;
    const until = performance.now() + minutes * minuteMs;
    while (performance.now() < until && !(stoppable && stopped.aborted)) {
      const next = performance.now() + sampleMs;
      await fleet.check();
      const values = await fleet.figures();
      onSample({ phase, minute: (performance.now() - this.#beganMs) / minuteMs, values });
      const signal = stoppable ? stopped : undefined;
      await pause(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
    }
  }
}

/** Some at a time, as the store takes them best. */
async function fillEvents({ api }: Fleet, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index).values();
  const write = async (): Promise<void> => {
    for (const index of indexes) await api.call('POST', '/api/v1/namespaces/default/events', event(index));
  };
  await Promise.all(Array.from({ length: 16 }, write));
}
