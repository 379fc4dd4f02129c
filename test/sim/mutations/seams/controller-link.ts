import type { MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { parseTopic, topics } from '@bramble/protocol/topics.ts';
import { orderSigner } from '../../keys.ts';
import type { SeamMutation } from '../mutation.ts';
import { onTheWay } from './on-the-way.ts';

/** What is wrong with how the controller takes and says things. */
export const controllerLinkMutations: readonly SeamMutation[] = [
  {
    name: 'reports are acknowledged before they are on the disk',
    breaks: 'G6',
    change: { controllerSeams: { dialer: acknowledgesAtOnce } },
  },
  {
    name: 'a will of an earlier boot counts',
    breaks: 'G6',
    faults: ['agent-kill', 'half-open-link', 'link-cut'],
    change: { controllerSeams: { dialer: takesAnyWill } },
  },
  {
    name: 'a board’s word counts about all pods',
    breaks: 'G7',
    faults: ['rogue-board'],
    change: { controllerSeams: { dialer: believesAnyBoard } },
  },
  {
    name: 'what is retained of things that are gone stays',
    breaks: 'G6',
    change: { controllerSeams: { dialer: clearsNothing } },
  },
  {
    name: 'the controller takes one message, and is never done with it',
    breaks: 'G8',
    change: { controllerSeams: { dialer: neverDone } },
  },
];

interface Said {
  readonly boot: number;
  readonly uid: string;
  readonly sequence: number;
  readonly alive?: boolean;
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

function neverDone(dialer: MqttDialer): MqttDialer {
  return onTheWay(dialer, (event) => (event.type === 'message' ? { ...event, done: () => {} } : event));
}

function clearsNothing(dialer: MqttDialer): MqttDialer {
  return {
    dial(options, onEvent) {
      const connection = dialer.dial(options, onEvent);
      return {
        ...connection,
        close: () => connection.close(),
        subscribe: (filters, settled) => connection.subscribe(filters, settled),
        unsubscribe: (filters) => connection.unsubscribe(filters),
        publish(message, settled) {
          if (!message.retain || message.payload.length > 0) connection.publish(message, settled);
          else settled?.(undefined);
        },
      };
    },
  };
}
