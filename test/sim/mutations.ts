import type { LinkEvent, MqttConnection, MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import { applyTransactions } from '@bramble/controller/store/apply.ts';
import type { EncodedTransaction } from '@bramble/controller/store/encode.ts';
import type { EngineEvent, StoreEngine } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import { parseTopic, topics } from '@bramble/protocol/topics.ts';
import type { Guarantee } from './checks/verdict.ts';
import { orderSigner } from './keys.ts';
import type { WorldOptions } from './world/world.ts';

/** A fault that is put into the product through its ports, and that the checks must notice. */
export interface Mutation {
  readonly name: string;
  /** The check that is meant for it. */
  readonly breaks: Guarantee;
  readonly change: Omit<WorldOptions, 'seed'>;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'the store answers before the sync',
    breaks: 'G1',
    change: { controllerSeams: { engine: hasty } },
  },
  {
    name: 'the engine swallows an event now and then',
    breaks: 'G2',
    change: { controllerSeams: { engine: forgetfulEngine }, faults: ['controller-kill'] },
  },
  {
    name: 'writes are committed whatever their conditions say',
    breaks: 'G1',
    change: { controllerSeams: { engine: unconditional } },
  },
  {
    name: 'reports are acknowledged before they are on the disk',
    breaks: 'G6',
    change: { controllerSeams: { dialer: acknowledgesAtOnce } },
  },
  {
    name: 'a will of an earlier boot counts',
    breaks: 'G6',
    change: { controllerSeams: { dialer: takesAnyWill } },
  },
  {
    name: 'an empty store comes under the name of ours',
    breaks: 'G5',
    change: { strangerStoreId: '11111111-1111-4111-8111-111111111111' },
  },
  { name: 'the journal does not write', breaks: 'G5', change: { agentSeam: withoutJournal } },
  { name: 'the agent does not see what runs', breaks: 'G3', change: { agentSeam: blind } },
  { name: 'networks are never taken away', breaks: 'G6', change: { agentSeam: keepsNetworks } },
  { name: 'a board has less at every other start', breaks: 'G4', change: { agentSeam: shrinks } },
  { name: 'each sign of life is journaled', breaks: 'G9', change: { agentSeam: journalsMetrics } },
];

function hasty(engine: StoreEngine): StoreEngine {
  const objects = new Map<string, StoredObject>();
  let revision = 0;
  let tell: (events: readonly EngineEvent[]) => void = () => {};
  return {
    async open() {
      const state = await engine.open();
      for (const stored of state.objects) objects.set(stored.key, stored);
      revision = state.revision;
      return { ...state, objects: [...objects.values()] };
    },
    subscribe: (onEvents) => {
      tell = onEvents;
    },
    async commit(transactions) {
      const applied = applyTransactions(objects, revision, transactions);
      for (const [key, stored] of applied.changes) {
        if (stored) objects.set(key, stored);
        else objects.delete(key);
      }
      revision = applied.revision;
      void engine.commit(transactions);
      tell(applied.events);
      return applied.results;
    },
    close: () => engine.close(),
  };
}

function forgetfulEngine(engine: StoreEngine): StoreEngine {
  let told = 0;
  const keeps = (): boolean => {
    told += 1;
    return told % 40 !== 0;
  };
  return wrapped(engine, {
    subscribe: (onEvents) => engine.subscribe((events) => onEvents(events.filter(keeps))),
  });
}

function unconditional(engine: StoreEngine): StoreEngine {
  const freed = (each: EncodedTransaction): EncodedTransaction => ({ ...each, conditions: [] });
  return wrapped(engine, { commit: (transactions) => engine.commit(transactions.map(freed)) });
}

export function wrapped(engine: StoreEngine, change: Partial<StoreEngine>): StoreEngine {
  return {
    open: () => engine.open(),
    subscribe: (onEvents) => engine.subscribe(onEvents),
    commit: (transactions) => engine.commit(transactions),
    close: () => engine.close(),
    ...change,
  };
}

/** A dialer that sees each event before the link does, and the facts that the link states about itself. */
export function onTheWay(
  dialer: MqttDialer,
  change: (event: LinkEvent, connection: Spoken) => LinkEvent,
): MqttDialer {
  return {
    dial(options, onEvent) {
      const spoken: Spoken = { session: '', connection: undefined };
      const connection = dialer.dial(options, (event) => onEvent(change(event, spoken)));
      spoken.connection = connection;
      return {
        close: () => connection.close(),
        subscribe: (filters, settled) => connection.subscribe(filters, settled),
        unsubscribe: (filters) => connection.unsubscribe(filters),
        publish(message, settled) {
          if (message.topic === topics.controllerSession()) spoken.session = String(message.payload);
          connection.publish(message, settled);
        },
      };
    },
  };
}

interface Spoken {
  session: string;
  connection: MqttConnection | undefined;
}

function acknowledgesAtOnce(dialer: MqttDialer): MqttDialer {
  return onTheWay(dialer, (event, { session, connection }) => {
    const topic = event.type === 'message' ? parseTopic(event.topic) : undefined;
    if (event.type !== 'message' || topic?.type !== 'status' || session === '') return event;
    const { boot, uid, sequence } = JSON.parse(Buffer.from(event.payload).toString()) as Said;
    const { storeId, epoch } = JSON.parse(session) as { storeId: string; epoch: number };
    const acks = { fence: { storeId, epoch, sequence: 1 }, boot, reports: { [uid]: sequence } };
    const to = topics.acks(topic.node);
    connection?.publish({ topic: to, payload: orderSigner.sign(to, acks), qos: 1, retain: false });
    return event;
  });
}

interface Said {
  readonly boot: number;
  readonly uid: string;
  readonly sequence: number;
  readonly alive?: boolean;
}

function takesAnyWill(dialer: MqttDialer): MqttDialer {
  const boots = new Map<string, number>();
  return onTheWay(dialer, (event) => {
    const topic = event.type === 'message' ? parseTopic(event.topic) : undefined;
    if (event.type !== 'message' || topic?.type !== 'node-session') return event;
    const said = JSON.parse(Buffer.from(event.payload).toString()) as Said;
    if (said.alive) boots.set(topic.node, Math.max(said.boot, boots.get(topic.node) ?? 0));
    if (said.alive) return event;
    const boot = boots.get(topic.node) ?? said.boot;
    return { ...event, payload: Buffer.from(JSON.stringify({ ...said, boot })) };
  });
}

function withoutJournal(ports: AgentPorts): AgentPorts {
  return { ...ports, journal: { ...ports.journal, write: async () => {} } };
}

function blind(ports: AgentPorts): AgentPorts {
  const { runtime, journalContent } = ports;
  if (journalContent.boot === 1) return ports;
  return {
    ...ports,
    runtime: {
      ...runtime,
      list: async () => [],
      create: (spec) => runtime.create({ ...spec, name: `${spec.name}_${journalContent.boot}` }),
    },
  };
}

function keepsNetworks(ports: AgentPorts): AgentPorts {
  return { ...ports, network: { ...ports.network, detach: async () => {} } };
}

function shrinks(ports: AgentPorts): AgentPorts {
  const { inventory, journalContent } = ports;
  const factor = journalContent.boot % 2 === 1 ? 4 : 1;
  return { ...ports, inventory: { ...inventory, cpuMilli: inventory.cpuMilli * factor } };
}

function journalsMetrics(ports: AgentPorts): AgentPorts {
  const { board, journal } = ports;
  const sample: typeof board.sample = () => {
    void journal.write([{ key: 'metrics', value: board.sample() }]);
    return board.sample();
  };
  return { ...ports, board: { ...board, sample } };
}
