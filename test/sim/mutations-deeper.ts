import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import type { AgentPorts } from '@bramble/agent/supervision.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import type { TransactionResult } from '@bramble/controller/store/types.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import { parseTopic, topics } from '@bramble/protocol/topics.ts';
import { clusterKey } from './keys.ts';
import { type Mutation, onTheWay, wrapped } from './mutations.ts';
import type { SimBoard } from './world/board.ts';

/** Of disks, copies, identities and queues. */
export const deeperMutations: readonly Mutation[] = [
  {
    name: 'an agent does not hear what is said of it',
    breaks: 'G6',
    change: { agentSeam: deaf, faults: ['link-cut'] },
  },
  {
    name: 'an agent corrects whatever it hears of itself at once',
    breaks: 'G8',
    change: { agentSeam: correctsAtOnce, faults: ['cloned-board', 'agent-kill'] },
  },
  {
    name: 'a full card is not noticed',
    breaks: 'G6',
    change: { agentSeam: ignoresFullCard, faults: ['board-disk-full'] },
  },
  {
    name: 'a full store is not noticed',
    breaks: 'G1',
    change: { controllerSeams: { engine: ignoresFullStore }, faults: ['store-disk-full'] },
  },
  {
    name: 'nobody is told what the journal has lost',
    breaks: 'G5',
    change: { agentSeam: hidesDamage, faults: ['journal-damage'] },
  },
  {
    name: 'every start has the same number',
    breaks: 'G6',
    change: { agentSeam: countsNoStarts, faults: ['agent-kill', 'board-reboot'] },
  },
  {
    name: 'what was created and not started is not found again',
    breaks: 'G6',
    change: { agentSeam: losesCreated, faults: ['agent-kill-at-step'] },
  },
  { name: 'a new image is not used', breaks: 'G6', change: { agentSeam: keepsImages } },
  {
    name: 'a restored copy calls itself the store that it was',
    breaks: 'G5',
    change: { restoredStoreId: '11111111-1111-4111-8111-111111111111', faults: ['old-copy'] },
  },
  {
    name: 'the broker lets everybody speak and hear',
    breaks: 'G7',
    change: { faults: ['rogue-board'], access: { mayPublish: () => true, maySubscribe: () => true } },
  },
  {
    name: 'a board’s word counts about all pods',
    breaks: 'G7',
    change: { controllerSeams: { dialer: believesAnyBoard }, faults: ['rogue-board'] },
  },
  {
    name: 'an agent obeys whatever the broker says',
    breaks: 'G7',
    change: { agentSeam: checksNoSignature, faults: ['forging-broker'] },
  },
  {
    name: 'an agent obeys old orders again',
    breaks: 'G5',
    change: { agentSeam: obeysOldOrders, faults: ['forging-broker'] },
  },
  {
    name: 'what waits goes by the wall clock',
    breaks: 'G6',
    change: { wallClockOnly: true, faults: ['clock-jump', 'link-cut'] },
  },
  {
    name: 'a timer is left behind with each sign of life',
    breaks: 'G8',
    change: { agentSeam: leavesTimers },
  },
  {
    name: 'the controller takes one message, and is never done with it',
    breaks: 'G8',
    change: { controllerSeams: { dialer: neverDone } },
  },
];

function withDialer(ports: AgentPorts, change: (dialer: MqttDialer) => MqttDialer): AgentPorts {
  return { ...ports, dialer: change(ports.dialer) };
}

function deaf(ports: AgentPorts, { name }: SimBoard): AgentPorts {
  const own = topics.nodeSession(name);
  return withDialer(ports, (dialer) => ({
    dial: (options, onEvent) =>
      dialer.dial({ ...options, filters: options.filters.filter((filter) => filter !== own) }, onEvent),
  }));
}

/** Also what it said itself; only so often that the run comes to its end. */
function correctsAtOnce(ports: AgentPorts, { name }: SimBoard): AgentPorts {
  const own = topics.nodeSession(name);
  let left = 100;
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event, { connection }) => {
      const isOwn = event.type === 'message' && event.topic === own && !event.retained;
      if (isOwn) left -= 1;
      if (isOwn && left > 0)
        connection?.publish({ topic: own, payload: event.payload, qos: 1, retain: true });
      return event;
    }),
  );
}

function ignoresFullCard(ports: AgentPorts): AgentPorts {
  const { journal } = ports;
  return { ...ports, journal: { ...journal, write: (records) => journal.write(records).catch(() => {}) } };
}

function ignoresFullStore(engine: StoreEngine): StoreEngine {
  const pretend = (result: TransactionResult): TransactionResult =>
    result.ok || result.reason !== 'unavailable' ? result : { ok: true, objects: [], revision: 1 };
  return wrapped(engine, {
    commit: async (transactions) => (await engine.commit(transactions)).map(pretend),
  });
}

function hidesDamage(ports: AgentPorts): AgentPorts {
  return { ...ports, journalContent: { ...ports.journalContent, damaged: [] } };
}

function countsNoStarts(ports: AgentPorts): AgentPorts {
  return { ...ports, journalContent: { ...ports.journalContent, boot: 1 } };
}

function losesCreated(ports: AgentPorts): AgentPorts {
  const { runtime, journalContent } = ports;
  let made = 0;
  return {
    ...ports,
    runtime: {
      ...runtime,
      list: async () => (await runtime.list()).filter(({ state }) => state !== 'created'),
      create: (spec) => {
        made += 1;
        return runtime.create({ ...spec, name: `${spec.name}_${journalContent.boot}_${made}` });
      },
    },
  };
}

const anyVersion = /:\d+$/;

function keepsImages(ports: AgentPorts): AgentPorts {
  const { runtime } = ports;
  const first = (image: string): string => image.replace(anyVersion, ':1');
  return {
    ...ports,
    runtime: {
      ...runtime,
      imagePresent: (image) => runtime.imagePresent(first(image)),
      pull: (image, auth) => runtime.pull(first(image), auth),
      create: (spec) => runtime.create({ ...spec, image: first(spec.image) }),
    },
  };
}

interface Said {
  readonly boot?: number;
  readonly uid: string;
}

/** What is said of a pod passes for a word of the board that runs it. */
function believesAnyBoard(dialer: MqttDialer): MqttDialer {
  const boots = new Map<string, number>();
  const owners = new Map<string, string>();
  return onTheWay(dialer, (event) => {
    const topic = event.type === 'message' ? parseTopic(event.topic) : undefined;
    if (event.type !== 'message' || !topic || !('node' in topic)) return event;
    if (topic.type !== 'node-session' && topic.type !== 'status') return event;
    const said = JSON.parse(Buffer.from(event.payload).toString()) as Said;
    if (topic.type === 'node-session') boots.set(topic.node, said.boot ?? 0);
    if (topic.type !== 'status') return event;
    const owner = owners.get(topic.uid) ?? topic.node;
    owners.set(topic.uid, owner);
    const payload = Buffer.from(JSON.stringify({ ...said, boot: boots.get(owner) ?? said.boot }));
    return owner === topic.node ? event : { ...event, topic: topics.status(owner, topic.uid), payload };
  });
}

interface Order {
  readonly fence?: { readonly storeId: string; readonly epoch: number; readonly sequence: number };
}

function orderIn(payload: Uint8Array): Order | undefined {
  const text = Buffer.from(payload).toString();
  try {
    return JSON.parse(text.slice(text.indexOf('{'))) as Order;
  } catch {
    return undefined;
  }
}

function checksNoSignature(ports: AgentPorts): AgentPorts {
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event) => {
      const isOrder = event.type === 'message' && /\/(manifest|objects\/.*|acks)$/.test(event.topic);
      const order = isOrder ? orderIn(event.payload) : undefined;
      return isOrder && order ? { ...event, payload: signOrder(clusterKey, event.topic, order) } : event;
    }),
  );
}

/** As if each manifest were newer than the one before. */
function obeysOldOrders(ports: AgentPorts): AgentPorts {
  let newest = { storeId: '', epoch: 0, sequence: 0 };
  return withDialer(ports, (dialer) =>
    onTheWay(dialer, (event) => {
      if (event.type !== 'message' || parseTopic(event.topic)?.type !== 'manifest') return event;
      const order = orderIn(event.payload);
      if (!order?.fence || order.fence.sequence > 1e15) return event;
      const { storeId, epoch, sequence } = order.fence;
      const isNewer =
        storeId !== newest.storeId ||
        epoch > newest.epoch ||
        (epoch === newest.epoch && sequence > newest.sequence);
      if (isNewer) newest = order.fence;
      return isNewer
        ? event
        : { ...event, payload: signOrder(clusterKey, event.topic, { ...order, fence: newest }) };
    }),
  );
}

const never = 1e9;

function leavesTimers(ports: AgentPorts, board: SimBoard): AgentPorts {
  const { process } = board.agent ?? {};
  const sample: AgentPorts['board']['sample'] = () => {
    process?.timer(never, () => {});
    return ports.board.sample();
  };
  return { ...ports, board: { ...ports.board, sample } };
}

function neverDone(dialer: MqttDialer): MqttDialer {
  return onTheWay(dialer, (event) => (event.type === 'message' ? { ...event, done: () => {} } : event));
}
