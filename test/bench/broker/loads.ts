import { topics } from '@bramble/protocol/topics.ts';
import type { BenchBroker } from './brokers.ts';
import { Client } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import { type Flow, run } from './flow.ts';
import type { Parties } from './parties.ts';

/** A way in which messages go, as this product uses it. */
export interface Load {
  readonly name: string;
  readonly qos: 0 | 1;
  readonly open: (connect: Connect, parties: Parties) => Promise<Omit<Flow, 'qos'>>;
}

/** One connection of the controller, or of the board with this number. */
export type Connect = (who: 'controller' | number) => Promise<Client>;

const crowd = 100;

const oneToOne: Load['open'] = async (connect) => {
  const receiver = await connect('controller');
  const topic = topics.manifest('board-0');
  await receiver.subscribe([topic]);
  return { senders: [await connect('controller')], receivers: [receiver], topics: [topic], window: 100 };
};

const boardsToController: Load['open'] = async (connect, { boards }) => {
  const receiver = await connect('controller');
  await receiver.subscribe([topics.status('+', '+')]);
  const senders: Client[] = [];
  for (let index = 0; index < crowd; index += 1) senders.push(await connect(index % boards.length));
  const names = senders.map((_, index) => topics.status(`board-${index % boards.length}`, `pod-${index}`));
  return { senders, receivers: [receiver], topics: names, window: 200 };
};

const controllerToBoards: Load['open'] = async (connect, { boards }) => {
  const receivers: Client[] = [];
  for (let index = 0; index < crowd; index += 1) receivers.push(await connect(index % boards.length));
  for (const receiver of receivers) await receiver.subscribe([topics.controllerSession()]);
  const senders = [await connect('controller')];
  return { senders, receivers, topics: [topics.controllerSession()], window: 20 };
};

export const loads: readonly Load[] = ([0, 1] as const).flatMap((qos) => [
  { name: '1 → 1', qos, open: oneToOne },
  { name: '100 boards → 1', qos, open: boardsToController },
  { name: '1 → 100 boards', qos, open: controllerToBoards },
]);

/** What one round cost, by delivered message. */
export interface Cost {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** Connections of one load to one broker, for as many rounds as are asked. */
export class OpenLoad {
  readonly #broker: BenchBroker;
  readonly #flow: Flow;

  static async open(broker: BenchBroker, parties: Parties, load: Load): Promise<OpenLoad> {
    let count = 0;
    const connect: Connect = (who) => {
      count += 1;
      const proof = who === 'controller' ? parties.controller : parties.boards[who];
      if (!proof) throw new Error(`no board ${who}`);
      return Client.open(broker, parties.trust.caPem, proof, `bench-${count}`);
    };
    return new OpenLoad(broker, { ...(await load.open(connect, parties)), qos: load.qos });
  }

  private constructor(broker: BenchBroker, flow: Flow) {
    this.#broker = broker;
    this.#flow = flow;
  }

  async round(forMs: number): Promise<Cost> {
    const before = await cpuSeconds(this.#broker.pid);
    const { delivered, tookMs } = await run(this.#flow, forMs);
    const usedSeconds = (await cpuSeconds(this.#broker.pid)) - before;
    return {
      perSecond: (delivered / tookMs) * 1_000,
      cpuMicroseconds: (usedSeconds * 1_000_000) / delivered,
    };
  }

  close(): void {
    for (const client of [...this.#flow.senders, ...this.#flow.receivers]) client.close();
  }
}
