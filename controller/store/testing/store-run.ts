import type { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import fc from 'fast-check';
import { encodeTransaction } from '../encode.ts';
import type { EngineEvent } from '../engine.ts';
import { type MemoryDisk, MemoryEngine } from '../memory-engine.ts';
import type { StoreEvent, Transaction, TransactionResult, Write } from '../types.ts';
import { configMap, type RunningStore, runStore } from './running-store.ts';

/** One thing that is done to a running store. Keys go by number. */
export type Step =
  | CommitStep
  | { readonly do: 'watch'; readonly prefix: number; readonly back: number }
  | { readonly do: 'unwatch'; readonly index: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'full'; readonly full: boolean }
  | { readonly do: 'crash' };

interface CommitStep {
  readonly do: 'commit' | 'foreign';
  readonly writes: readonly NumberedWrite[];
  readonly guard: Guard;
}

interface NumberedWrite {
  readonly type: 'put' | 'delete';
  readonly key: number;
}

/** A condition on the first key: none, one that holds when it is asked, or one that cannot hold. */
type Guard = 'none' | 'current' | 'impossible';

const keys = ['pods/a/x', 'pods/a/y', 'pods/b/x', 'nodes/x', 'nodes/y'].map((end) => `/registry/${end}`);
const prefixes = ['/registry/', '/registry/pods/', '/registry/pods/a/', '/registry/nodes/x'];
export const windowEvents = 12;

const write = fc.record({
  type: fc.constantFrom('put' as const, 'put', 'delete'),
  key: fc.nat({ max: keys.length - 1 }),
});
const commitStep = fc.record({
  do: fc.constantFrom('commit' as const, 'commit', 'commit', 'foreign'),
  writes: fc.array(write, { maxLength: 3 }),
  guard: fc.constantFrom<Guard>('none', 'none', 'current', 'impossible'),
});

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 24, arbitrary: commitStep },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('watch' as const),
        prefix: fc.nat({ max: prefixes.length - 1 }),
        back: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.integer({ min: 4, max: windowEvents + 3 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unwatch' as const), index: fc.nat({ max: 5 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 8 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('full' as const), full: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'crash' }) },
  ),
  { minLength: 1, maxLength: 80, size: 'max' },
);

export interface Watched {
  readonly prefix: string;
  readonly from: number;
  readonly seen: StoreEvent[];
  readonly stop: () => void;
  stopped: boolean;
}

/** A store on a simulated disk, and everything that an observer outside of it saw. */
export class StoreRun {
  /** What became durable, in order, told by the disk itself. */
  readonly truth: EngineEvent[] = [];
  readonly answers: { readonly transaction: Transaction; readonly result: TransactionResult }[] = [];
  readonly watched: Watched[] = [];
  /** What must never happen, when it happened. */
  readonly faults: string[] = [];
  pending = 0;
  readonly running: RunningStore;
  readonly disk: MemoryDisk;
  readonly host: VirtualHost;

  private constructor(running: RunningStore, disk: MemoryDisk, host: VirtualHost) {
    this.running = running;
    this.disk = disk;
    this.host = host;
    disk.listen((events) => this.truth.push(...events));
  }

  static async start(disk: MemoryDisk, host: VirtualHost): Promise<StoreRun> {
    const engine = new MemoryEngine(disk, (done) => void host.timer(3, done));
    const bounds = {
      batchCommits: 4,
      batchBytes: 4_000,
      waitingCommits: 30,
      waitingBytes: 60_000,
    };
    return new StoreRun(await runStore(engine, { host, windowEvents, bounds }), disk, host);
  }

  async perform(step: Step): Promise<void> {
    if (step.do === 'pass') await this.host.elapse(step.ms);
    else if (step.do === 'full') this.disk.full = step.full;
    else if (step.do === 'crash') this.running.actor.send({ type: 'commit' } as never);
    else if (step.do === 'watch') this.#watch(prefixes[step.prefix] ?? '', step.back);
    else if (step.do === 'unwatch') this.#unwatch(step.index);
    else if (step.do === 'foreign') this.disk.commit([encodeTransaction(this.#transaction(step))]);
    else this.#commit(this.#transaction(step));
  }

  /** Lets everything come to rest. */
  async finish(): Promise<void> {
    this.disk.full = false;
    await this.host.elapse(120_000);
    await this.running.stop();
  }

  #commit(transaction: Transaction): void {
    const { store } = this.running;
    this.pending += 1;
    store.commit(transaction).then(
      (result) => {
        this.pending -= 1;
        this.answers.push({ transaction, result });
        if (result.ok && store.revision < result.revision)
          this.faults.push('a read is behind an answered write');
      },
      () => {
        this.pending -= 1;
      },
    );
  }

  #watch(prefix: string, back: number): void {
    const { store } = this.running;
    const from = store.revision - back;
    const seen: StoreEvent[] = [];
    const floor = this.#told()[this.#told().length - windowEvents - 1]?.stored.revision ?? 0;
    const onEvents = (events: readonly StoreEvent[]): void => {
      seen.push(...events);
      if (events.some(({ stored }) => stored.revision > this.disk.revision))
        this.faults.push('told before durable');
    };
    const answer = store.watch({ prefix, from, onEvents });
    if (answer.ok !== (from >= floor && from <= store.revision))
      this.faults.push(`a watch from ${from} with floor ${floor} at ${store.revision}: ${answer.ok}`);
    if (answer.ok) this.watched.push({ prefix, from, seen, stop: answer.stop, stopped: false });
  }

  /** What the store has taken in so far. */
  #told(): readonly EngineEvent[] {
    return this.truth.filter(({ stored }) => stored.revision <= this.running.store.revision);
  }

  #unwatch(index: number): void {
    const watched = this.watched[index];
    if (!watched) return;
    watched.stop();
    watched.stopped = true;
  }

  #transaction({ writes, guard }: CommitStep): Transaction {
    const real = writes.map(({ type, key }): Write => {
      const at = keys[key] ?? '';
      return type === 'put'
        ? { type, key: at, object: configMap('x', { step: `${key}` }) }
        : { type, key: at };
    });
    const first = real[0]?.key ?? keys[0] ?? '';
    const current = this.running.store.get(first)?.revision ?? 0;
    if (guard === 'none') return { writes: real, conditions: [] };
    const revision = guard === 'current' ? current : 999_999;
    return { writes: real, conditions: [{ key: first, revision }] };
  }
}
