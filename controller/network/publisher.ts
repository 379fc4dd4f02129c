import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import { type Topic, topics } from '@bramble/protocol/topics.ts';
import { boardKey } from '../fleet/boards.ts';
import type { FleetLink } from '../fleet/link.ts';
import type { OrderSigner } from '../fleet/session-types.ts';
import type { ServiceObject, SliceObject } from '../reconcilers/endpoints/objects.ts';
import type { ObjectStore, StoreEvent } from '../store/types.ts';
import { GroupTable } from './group-table.ts';
import { nodePrefix } from './groups.ts';
import { serviceFact } from './service-fact.ts';
import type { ClusterNetworkSettings } from './settings.ts';
import { SliceIndex } from './slice-index.ts';

export interface NetworkPublisherPorts {
  readonly store: ObjectStore;
  readonly link: () => FleetLink | undefined;
  readonly signer: Pick<OrderSigner, 'sign'>;
  readonly epoch: number;
  readonly network: ClusterNetworkSettings;
}

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'link'; readonly up: boolean }
  | { readonly type: 'retained'; readonly topic: Topic }
  | { readonly type: 'say' };

export type NetworkPublisher = ActorRef<Extract<Message, { type: 'link' | 'retained' }>>;

interface State {
  up: boolean;
  sequence: number;
  readonly groups: GroupTable;
  readonly slices: SliceIndex;
  /** Topic → what was said there on this link, but for its order: what says nothing new is not said again. */
  readonly said: Map<string, string>;
  /** Services whose facts may have changed, by `{namespace}/{name}`. */
  readonly changed: Set<string>;
  /** Services that were deleted, and are to be taken back. */
  readonly gone: Set<string>;
  /** Groups whose boards or Services may be others than was said, and boards whose group may be. */
  readonly changedGroups: Set<string>;
  readonly changedNodes: Set<string>;
  saying: boolean;
  readonly stopWatches: (() => void)[];
}

type Context = ActorContext<Message>;

const servicePrefix = '/registry/services/';
const slicePrefix = '/registry/endpointslices/';
/** A pod's readiness seldom changes alone: what comes together is said together. */
const gatherMs = 20;
/** Facts said in one turn; each is signed, a tenth of a millisecond. */
const factsATurn = 40;

/** States to the boards of each network group what they share: ways to pods, Services and their endpoints. */
export function networkPublisher(ports: NetworkPublisherPorts): Actor<State, Message> {
  return {
    inbox: { capacity: 100_000 },
    start: (ctx) => start(ports, ctx),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      for (const stop of state.stopWatches) stop();
    },
  };
}

function start({ store }: NetworkPublisherPorts, ctx: Context): State {
  const onEvents = ctx.listen((events: readonly StoreEvent[]): Message => ({ type: 'changes', events }));
  const stopWatches = [nodePrefix, servicePrefix, slicePrefix].map((prefix) => {
    const watch = store.watch({ prefix, from: undefined, onEvents });
    if (!watch.ok) throw new Error(`the store refuses to watch ${prefix}`);
    return watch.stop;
  });
  const state: State = {
    up: false,
    sequence: 0,
    groups: new GroupTable(store.list(nodePrefix).map(({ object }) => object)),
    slices: new SliceIndex(store.list(slicePrefix)),
    said: new Map(),
    changed: new Set(),
    gone: new Set(),
    changedGroups: new Set(),
    changedNodes: new Set(),
    saying: false,
    stopWatches,
  };
  return state;
}

function handle(ports: NetworkPublisherPorts, state: State, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'link':
      state.up = message.up;
      state.said.clear();
      return sayAll(ports, state, ctx);
    case 'retained':
      return clearUnknown(ports, state, message.topic);
    case 'say':
      state.saying = false;
      return say(ports, state, ctx);
    case 'changes':
      for (const event of message.events) note(ports, state, event);
      return saySoon(state, ctx);
  }
}

function note(ports: NetworkPublisherPorts, state: State, { type, stored }: StoreEvent): void {
  const { key, object } = stored;
  if (key.startsWith(nodePrefix)) return noteNode(ports, state, object, type === 'deleted');
  if (key.startsWith(servicePrefix)) {
    state.changed.add(nameOf(key));
    // The index names them all.
    if (type !== 'modified') for (const group of state.groups.names) state.changedGroups.add(group);
  } else
    for (const name of state.slices.put(key, object as SliceObject, type === 'deleted'))
      state.changed.add(name);
}

function noteNode(ports: NetworkPublisherPorts, state: State, node: KubeObject, gone: boolean): void {
  const { name } = node.metadata;
  const { moved, groups } = state.groups.put(node, gone);
  for (const group of groups) state.changedGroups.add(group);
  if (gone) {
    state.changedNodes.delete(name);
    takeBack(ports, state, topics.networkMembership(name));
  } else if (moved) state.changedNodes.add(name);
  if (moved) for (const service of ports.store.list(servicePrefix)) state.changed.add(nameOf(service.key));
}

const nameOf = (serviceKey: string): string => serviceKey.slice(servicePrefix.length);

function sayAll(ports: NetworkPublisherPorts, state: State, ctx: Context): void {
  for (const { key } of ports.store.list(servicePrefix)) state.changed.add(nameOf(key));
  for (const group of state.groups.names) state.changedGroups.add(group);
  for (const node of state.groups.nodes) state.changedNodes.add(node);
  saySoon(state, ctx);
}

function saySoon(state: State, ctx: Context, delayMs = gatherMs): void {
  if (state.saying || !state.up) return;
  state.saying = true;
  ctx.setTimer('say', delayMs, { type: 'say' });
}

/** Services come before the index that names them, and the index before what it no longer names is taken back. */
function say(ports: NetworkPublisherPorts, state: State, ctx: Context): void {
  if (!state.up) return;
  const servicesATurn = Math.ceil(factsATurn / state.groups.names.length);
  for (const name of [...state.changed].slice(0, servicesATurn)) {
    state.changed.delete(name);
    const service = ports.store.get(`${servicePrefix}${name}`)?.object as ServiceObject | undefined;
    if (!service) state.gone.add(name);
    else for (const group of state.groups.names) sayService(ports, state, group, service, ctx);
  }
  if (state.changed.size > 0) return saySoon(state, ctx, 0);
  sayGroups(ports, state, ctx);
  if (state.changedGroups.size > 0) return saySoon(state, ctx, 0);
  sayMemberships(ports, state, ctx);
  if (state.changedNodes.size > 0) saySoon(state, ctx, 0);
  for (const name of state.gone) takeBackService(ports, state, name);
  state.gone.clear();
}

function takeBackService(ports: NetworkPublisherPorts, state: State, name: string): void {
  if (ports.store.get(`${servicePrefix}${name}`)) return;
  for (const group of state.groups.names) takeBack(ports, state, serviceTopic(group, name));
}

function sayService(
  ports: NetworkPublisherPorts,
  state: State,
  group: string,
  service: ServiceObject,
  ctx: Context,
): void {
  const { namespace = 'default', name } = service.metadata;
  const slices = state.slices.of(`${namespace}/${name}`);
  const fact = serviceFact(service, slices, group, (node) => state.groups.of(node));
  publish(ports, state, topics.networkService(group, namespace, name), fact, ctx);
}

function sayGroups(ports: NetworkPublisherPorts, state: State, ctx: Context): void {
  const { store, network } = ports;
  if (state.changedGroups.size === 0) return;
  const services = store.list(servicePrefix).map(({ key }) => nameOf(key));
  for (const group of [...state.changedGroups].slice(0, factsATurn / 2)) {
    state.changedGroups.delete(group);
    if (!state.groups.has(group)) continue;
    publish(ports, state, topics.networkBoards(group), { boards: state.groups.boardsIn(group) }, ctx);
    publish(ports, state, topics.networkIndex(group), { ...network, services }, ctx);
  }
}

/** A board listens to its group once it hears which: what it then finds there has been said before. */
function sayMemberships(ports: NetworkPublisherPorts, state: State, ctx: Context): void {
  for (const node of [...state.changedNodes].slice(0, factsATurn)) {
    state.changedNodes.delete(node);
    const group = state.groups.of(node);
    if (group !== undefined) publish(ports, state, topics.networkMembership(node), { group }, ctx);
  }
}

function publish(
  ports: NetworkPublisherPorts,
  state: State,
  topic: string,
  fact: object,
  { host }: Context,
): void {
  const text = JSON.stringify(fact);
  if (state.said.get(topic) === text) return;
  state.said.set(topic, text);
  // Grows also over a crash of this actor, whose boards refuse a lower one: the clock has moved on by then.
  state.sequence = Math.max(state.sequence + 1, Math.floor(host.monotonic()));
  const fence: Fence = { storeId: ports.store.storeId, epoch: ports.epoch, sequence: state.sequence };
  send(ports, { topic, payload: ports.signer.sign(topic, { fence, ...fact }), qos: 1, retain: true });
}

function takeBack(ports: NetworkPublisherPorts, state: State, topic: string): void {
  state.said.delete(topic);
  send(ports, { topic, payload: '', qos: 1, retain: true });
}

function serviceTopic(group: string, name: string): string {
  const [namespace = '', service = ''] = name.split('/');
  return topics.networkService(group, namespace, service);
}

/** What a broker kept of an earlier time, and is true no more. */
function clearUnknown(ports: NetworkPublisherPorts, state: State, topic: Topic): void {
  const { store } = ports;
  if (topic.type === 'network-membership' && !store.get(boardKey(topic.node)))
    return takeBack(ports, state, topics.networkMembership(topic.node));
  if (topic.type === 'network-index' && !state.groups.has(topic.group))
    return takeBack(ports, state, topics.networkIndex(topic.group));
  if (topic.type === 'network-boards' && !state.groups.has(topic.group))
    return takeBack(ports, state, topics.networkBoards(topic.group));
  if (topic.type !== 'network-service') return;
  const { group, namespace, name } = topic;
  const known = store.get(`${servicePrefix}${namespace}/${name}`) && state.groups.has(group);
  if (!known) takeBack(ports, state, topics.networkService(group, namespace, name));
}

function send({ link }: NetworkPublisherPorts, message: OutgoingMessage): void {
  link()?.send({ type: 'publish', message });
}
