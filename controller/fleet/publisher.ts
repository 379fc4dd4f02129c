import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { type Topic, topics } from '@bramble/protocol/topics.ts';
import type { ObjectStore, StoredObject, StoreEvent } from '../store/types.ts';
import type { FleetLink } from './link.ts';
import { eventSummary, nodeSummary, podSummary } from './summaries.ts';

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'link'; readonly up: boolean }
  | { readonly type: 'retained'; readonly topic: Topic }
  | { readonly type: 'say-more' };

export type FleetPublisher = ActorRef<Extract<Message, { type: 'link' | 'retained' }>>;

interface State {
  up: boolean;
  /** Topic → payload last published on this link: what says nothing new is not said again. */
  readonly said: Map<string, string>;
  /** Keys of what is yet to be said on a new link. */
  unsaid: readonly string[];
  readonly stopWatches: (() => void)[];
}

export interface PublisherPorts {
  readonly store: ObjectStore;
  readonly link: () => FleetLink | undefined;
}

const podPrefix = '/registry/pods/';
const nodePrefix = '/registry/nodes/';
const eventPrefix = '/registry/events/';

/** Keeps the retained `fleet/…` topics what the store is, for whoever subscribes. */
export function fleetPublisher(ports: PublisherPorts): Actor<State, Message> {
  return {
    inbox: { capacity: 100_000 },
    start(ctx) {
      const onEvents = ctx.listen((events: readonly StoreEvent[]): Message => ({ type: 'changes', events }));
      const stopWatches = [podPrefix, nodePrefix, eventPrefix].map((prefix) => {
        const watch = ports.store.watch({ prefix, from: undefined, onEvents });
        if (!watch.ok) throw new Error(`the store refuses to watch ${prefix}`);
        return watch.stop;
      });
      return { up: false, said: new Map(), unsaid: [], stopWatches };
    },
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      for (const stop of state.stopWatches) stop();
    },
  };
}

function handle(ports: PublisherPorts, state: State, message: Message, ctx: ActorContext<Message>): void {
  switch (message.type) {
    case 'link':
      state.up = message.up;
      state.said.clear();
      state.unsaid = message.up
        ? [nodePrefix, podPrefix].flatMap((prefix) => ports.store.list(prefix).map(({ key }) => key))
        : [];
      return sayMore(ports, state, ctx);
    case 'say-more':
      return sayMore(ports, state, ctx);
    case 'retained':
      return clearUnknown(ports, message.topic);
    case 'changes':
      for (const event of message.events) say(ports, state, event.type, event.stored);
  }
}

/** Objects told in one turn, so that a large fleet keeps nobody waiting. */
const saidATurn = 200;

function sayMore(ports: PublisherPorts, state: State, ctx: ActorContext<Message>): void {
  for (const key of state.unsaid.slice(0, saidATurn)) {
    const stored = ports.store.get(key);
    if (stored) say(ports, state, 'modified', stored);
  }
  state.unsaid = state.unsaid.slice(saidATurn);
  if (state.unsaid.length > 0) ctx.setTimer('say-more', 0, { type: 'say-more' });
}

function say(
  ports: PublisherPorts,
  state: State,
  type: StoreEvent['type'],
  { key, object }: StoredObject,
): void {
  if (!state.up) return;
  if (key.startsWith(eventPrefix)) {
    if (type === 'deleted') return;
    const topic = topics.fleetEvents(object.metadata.namespace ?? 'default');
    return publish(ports, { topic, payload: JSON.stringify(eventSummary(object)), qos: 0, retain: false });
  }
  const pod = key.startsWith(podPrefix);
  const { namespace = '', name } = object.metadata;
  const topic = pod ? topics.fleetPod(namespace, name) : topics.fleetNode(name);
  const payload = type === 'deleted' ? '' : JSON.stringify(pod ? podSummary(object) : nodeSummary(object));
  if (state.said.get(topic) === payload) return;
  if (type === 'deleted') state.said.delete(topic);
  else state.said.set(topic, payload);
  publish(ports, { topic, payload, qos: 1, retain: true });
}

/** A retained fact of an earlier time about something that the store does not have is taken back. */
function clearUnknown(ports: PublisherPorts, topic: Topic): void {
  if (topic.type === 'fleet-node' && !ports.store.get(`${nodePrefix}${topic.node}`))
    publish(ports, { topic: topics.fleetNode(topic.node), payload: '', qos: 1, retain: true });
  if (topic.type === 'fleet-pod' && !ports.store.get(`${podPrefix}${topic.namespace}/${topic.name}`))
    publish(ports, {
      topic: topics.fleetPod(topic.namespace, topic.name),
      payload: '',
      qos: 1,
      retain: true,
    });
}

function publish({ link }: PublisherPorts, message: OutgoingMessage): void {
  link()?.send({ type: 'publish', message });
}
