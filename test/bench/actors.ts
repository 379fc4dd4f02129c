// Messages per second and bytes per actor: the kernel beside bare function calls and xstate's actors, in one run
// of about ten seconds. `npm run bench actors`. The ratios mean something anywhere, the rates on this machine only.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Actor, type ActorRef, ActorSystem } from '@bramble/actors/index.ts';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { assign, createActor, createMachine, fromTransition } from 'xstate';
import { markdown, type Report } from './report.ts';

const counts = [1, 1_000, 10_000];
const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : 5;
/** Each contender sends for this long a round, in whole bursts. */
const roundMs = quick ? 10 : 100;
const burst = 1_000;
const actorsWeighed = quick ? 1_000 : 10_000;

interface Add {
  readonly type: 'add';
  readonly by: number;
}

/** Something that takes messages for `count` receivers. */
interface Contender {
  readonly name: string;
  make(count: number): Fleet;
}

interface Fleet {
  /** Sends message `at` of a burst to one of the receivers. */
  send(at: number): void;
  /** Resolves when all that was sent has been handled. */
  drained(): Promise<void>;
  /** The sum of all states: proves that nothing was skipped. */
  sum(): number;
  stop(): void;
}

const add: Add = { type: 'add', by: 1 };
const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nothing = (): void => {};

const host = createHost((entry) => {
  if (entry.level === 'error') throw new Error(`${entry.from}: ${entry.message}`);
});

const bareCalls: Contender = {
  name: 'bare function calls',
  make(count) {
    const states = new Array<number>(count).fill(0);
    const receive = (state: number, message: Add): number => state + message.by;
    return {
      send: (at) => {
        states[at % count] = receive(states[at % count] ?? 0, add);
      },
      drained: async () => {},
      sum: () => states.reduce((sum, state) => sum + state, 0),
      stop: nothing,
    };
  },
};

const kernel: Contender = {
  name: 'bramble actors',
  make(count) {
    let sum = 0;
    const counter: Actor<number, Add> = {
      start: () => 0,
      receive: (state, message) => {
        sum += message.by;
        return state + message.by;
      },
    };
    const refs: ActorRef<Add>[] = [];
    const system = growSystem((spawn) => {
      for (let at = 0; at < count; at += 1) refs.push(spawn(`${at}`, counter));
    });
    let sent = 0;
    return {
      send: (at) => {
        sent += 1;
        if (!refs[at % count]?.send(add)) throw new Error('a message was refused');
      },
      drained: async () => {
        while (sum < sent) await immediate();
      },
      sum: () => sum,
      stop: () => system.stop(),
    };
  },
};

type Spawn = <S, M>(name: string, actor: Actor<S, M>) => ActorRef<M>;

function growSystem(start: (spawn: Spawn) => void): ActorSystem {
  const system = new ActorSystem(host, {
    onRootFailure: (error) => {
      throw error;
    },
  });
  const root: Actor<null, never> = {
    start: (ctx) => {
      start((name, actor) => ctx.spawn(name, actor));
      return null;
    },
    receive: (state) => state,
  };
  system.run('root', root);
  return system;
}

/** Both of xstate's ways handle a message within `send`. */
const xstateTransition: Contender = {
  name: 'xstate fromTransition',
  make: (count) => {
    const logic = fromTransition((state: number, message: Add) => state + message.by, 0);
    const actors = Array.from({ length: count }, () => createActor(logic).start());
    return {
      send: (at) => actors[at % count]?.send(add),
      drained: async () => {},
      sum: () => actors.reduce((sum, actor) => sum + actor.getSnapshot().context, 0),
      stop: () => actors.forEach((actor) => void actor.stop()),
    };
  },
};

const xstateMachine: Contender = {
  name: 'xstate machine',
  make: (count) => {
    const machine = createMachine({
      types: {} as { context: { total: number }; events: Add },
      context: { total: 0 },
      on: { add: { actions: assign({ total: ({ context, event }) => context.total + event.by }) } },
    });
    const actors = Array.from({ length: count }, () => createActor(machine).start());
    return {
      send: (at) => actors[at % count]?.send(add),
      drained: async () => {},
      sum: () => actors.reduce((sum, actor) => sum + actor.getSnapshot().context.total, 0),
      stop: () => actors.forEach((actor) => void actor.stop()),
    };
  },
};

const contenders = [bareCalls, kernel, xstateTransition, xstateMachine];

/** Millions of messages per second of CPU time, which other work on the machine disturbs least. */
async function measureRound(fleet: Fleet): Promise<number> {
  const before = fleet.sum();
  const began = performance.now();
  const cpu = process.cpuUsage();
  let sent = 0;
  while (performance.now() - began < roundMs) {
    for (let at = 0; at < burst; at += 1) fleet.send(sent + at);
    sent += burst;
    await fleet.drained();
  }
  const { user, system } = process.cpuUsage(cpu);
  if (fleet.sum() - before !== sent)
    throw new Error(`${sent} messages sent, ${fleet.sum() - before} handled`);
  return sent / (user + system);
}

/** The median of the rounds, in which the contenders take turns: a slow moment hits all of them. */
async function measureAll(count: number): Promise<number[]> {
  const fleets = contenders.map((contender) => contender.make(count));
  const rates: number[][] = contenders.map(() => []);
  for (let round = -1; round < rounds; round += 1)
    for (const [which, fleet] of fleets.entries()) {
      const rate = await measureRound(fleet);
      if (round >= 0) rates[which]?.push(rate);
    }
  for (const fleet of fleets) fleet.stop();
  return rates.map(median);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Heap bytes for each of many receivers that have handled one message. */
async function weigh(contender: Contender, collect: () => void): Promise<number> {
  const before = await settledHeap(collect);
  const fleet = contender.make(actorsWeighed);
  for (let at = 0; at < actorsWeighed; at += 1) fleet.send(at);
  await fleet.drained();
  const bytes = ((await settledHeap(collect)) - before) / actorsWeighed;
  fleet.stop();
  return bytes;
}

/** Several collections with a turn of the event loop between them: what one finalises, the next one frees. */
async function settledHeap(collect: () => void): Promise<number> {
  for (let pass = 0; pass < 4; pass += 1) {
    await immediate();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

async function main(): Promise<void> {
  const collect = garbageCollector();
  // Weighed first: the rates leave garbage and compiled code behind, which would be weighed too.
  const bytes: number[] = [];
  for (const contender of contenders) bytes.push(await weigh(contender, collect));
  const columns: number[][] = [];
  for (const count of counts) columns.push(await measureAll(count));
  process.stdout.write(markdown(report(bytes, columns)));
}

function report(bytes: readonly number[], columns: readonly (readonly number[])[]): Report {
  const rows = contenders.map(({ name }, which) => [
    name,
    ...columns.map((column) => rateCell(column[which] ?? 0, column[1] ?? 0)),
    (bytes[which] ?? 0).toFixed(0),
  ]);
  const [clockNs, kernelNs] = [nanosecondsPerClockReading(), 1_000 / (columns[0]?.[1] ?? 0)];
  return {
    title: 'Actor kernel',
    about:
      'Messages to counters, by turns: bare function calls, the kernel, and the two kinds of actors of xstate, which has ' +
      'neither mailboxes nor supervision. Millions of messages a second of processor time, in brackets times the kernel; ' +
      'and heap bytes of an actor that has handled one message.',
    columns: ['', ...counts.map((count) => `${count} actors`), 'bytes an actor'],
    rows,
    notes: [
      `A bare call for each message is what nothing can be faster than; both kinds of xstate handle it within \`send\`.`,
    ],
    limitedBy: `reading the clock after each turn, to name the actor whose turn took over 10 ms: ${clockNs.toFixed(0)} of the ${kernelNs.toFixed(0)} ns a message (1 actor); then the loop that hands out turns, and the inbox.`,
    next: 'reading the clock once in several turns, and naming the actor only when all of them together took long.',
  };
}

/** The kernel reads the clock after each turn, to name the actor whose turn took too long. */
function nanosecondsPerClockReading(): number {
  const readings = 1_000_000;
  const cpu = process.cpuUsage();
  for (let count = 0; count < readings; count += 1) host.monotonic();
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1_000) / readings;
}

function rateCell(rate: number, kernelRate: number): string {
  return `${rate.toFixed(2)} (${(rate / kernelRate).toFixed(2)})`;
}

await main();
