import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { podReport } from '@bramble/protocol/messages/orders.ts';
import { metrics, nodeSession } from '@bramble/protocol/messages/session.ts';
import type { StoredObject, StoreEvent } from '../store/types.ts';
import { boardPrefix, boardRecord } from './boards.ts';
import { desiredObjects } from './desired.ts';
import type { Arrival } from './link.ts';
import { PodCidrs } from './pod-cidrs.ts';
import { PodIndex } from './pod-index.ts';
import { boardSession } from './session.ts';
import type { SessionMessage, SessionPorts } from './session-types.ts';

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'arrival'; readonly arrival: Arrival }
  | { readonly type: 'link'; readonly up: boolean };

export type FleetNodes = ActorRef<Extract<Message, { type: 'arrival' | 'link' }>>;

export interface NodesPorts extends SessionPorts {
  /** The range that boards' shares come from, such as `10.42.0.0/16`. */
  readonly clusterCIDR: string;
}

interface State {
  readonly sessions: Map<string, ActorRef<SessionMessage>>;
  readonly cidrs: PodCidrs;
  readonly pods: PodIndex;
  readonly stopWatches: (() => void)[];
  refused: number;
}

const podPrefix = '/registry/pods/';
const nodePrefix = '/registry/nodes/';
const watched = [podPrefix, nodePrefix, '/registry/configmaps/', '/registry/secrets/', boardPrefix];
/** Each board gets 254 addresses. */
const shareBits = 24;

/** Has one session actor for each board that joined, and tells each what its board should hold. */
export function fleetNodes(ports: NodesPorts): Actor<State, Message> {
  return {
    inbox: { capacity: 100_000 },
    start: (ctx) => start(ports, ctx),
    receive(state, message, ctx) {
      if (message.type === 'arrival') arrived(state, message.arrival, ctx);
      else if (message.type === 'changes') changed(ports, state, message.events, ctx);
      else for (const session of state.sessions.values()) session.send({ type: 'link', up: message.up });
      return state;
    },
    stopped(state) {
      for (const stop of state.stopWatches) stop();
    },
  };
}

function start(ports: NodesPorts, ctx: ActorContext<Message>): State {
  const { store } = ports;
  const onEvents = ctx.listen((events: readonly StoreEvent[]): Message => ({ type: 'changes', events }));
  const stopWatches = watched.map((prefix) => {
    const watch = store.watch({ prefix, from: undefined, onEvents });
    if (!watch.ok) throw new Error(`the store refuses to watch ${prefix}`);
    return watch.stop;
  });
  const cidrs = new PodCidrs(ports.clusterCIDR, shareBits);
  const state: State = { sessions: new Map(), cidrs, pods: new PodIndex(), stopWatches, refused: 0 };
  for (const node of store.list(nodePrefix)) for (const cidr of podCIDRsOf(node)) cidrs.reserve(cidr);
  for (const pod of store.list(podPrefix)) state.pods.put(pod.key, pod);
  for (const board of store.list(boardPrefix)) openSession(ports, state, board, ctx);
  return state;
}

function openSession(ports: NodesPorts, state: State, board: StoredObject, ctx: ActorContext<Message>): void {
  const { node, sealingKey } = boardRecord(board.object);
  const old = state.sessions.get(node);
  if (old) ctx.stop(old);
  const current = ports.store.get(`${nodePrefix}${node}`);
  const known = current ? podCIDRsOf(current) : [];
  const podCIDRs = known.length > 0 ? known : [state.cidrs.allocate()].filter((cidr) => cidr !== undefined);
  if (podCIDRs.length === 0) ctx.log('error', 'no address range is left for this board', { node });
  const session = ctx.spawn(node, boardSession(ports, { node, sealingKey, podCIDRs }));
  state.sessions.set(node, session);
  tell(ports, state, node);
}

function changed(
  ports: NodesPorts,
  state: State,
  events: readonly StoreEvent[],
  ctx: ActorContext<Message>,
): void {
  const nodes = new Set<string>();
  for (const { type, stored } of events) {
    const { key } = stored;
    if (key.startsWith(podPrefix)) {
      for (const node of state.pods.put(key, type === 'deleted' ? undefined : stored)) nodes.add(node);
    } else if (key.startsWith(boardPrefix)) boardChanged(ports, state, type, stored, ctx);
    else if (key.startsWith(nodePrefix)) {
      if (type === 'deleted') for (const cidr of podCIDRsOf(stored)) state.cidrs.release(cidr);
    } else for (const node of state.pods.usersOf(key)) nodes.add(node);
  }
  for (const node of nodes) tell(ports, state, node);
}

function boardChanged(
  ports: NodesPorts,
  state: State,
  type: StoreEvent['type'],
  stored: StoredObject,
  ctx: ActorContext<Message>,
): void {
  if (type !== 'deleted') return openSession(ports, state, stored, ctx);
  const { node } = boardRecord(stored.object);
  const session = state.sessions.get(node);
  if (session) ctx.stop(session);
  state.sessions.delete(node);
}

function tell(ports: NodesPorts, state: State, node: string): void {
  state.sessions
    .get(node)
    ?.send({ type: 'desired', objects: desiredObjects(state.pods.podsOn(node), ports.store) });
}

function arrived(state: State, arrival: Arrival, ctx: ActorContext<Message>): void {
  const { topic, payload } = arrival;
  if (topic.type !== 'node-session' && topic.type !== 'metrics' && topic.type !== 'status') return;
  if (payload.length === 0) return;
  const session = state.sessions.get(topic.node);
  if (!session) return refuse(state, topic.node, 'no such board has joined', ctx);
  const message = decode(topic.type, payload);
  if (typeof message === 'string') return refuse(state, topic.node, `${topic.type}: ${message}`, ctx);
  session.send(message);
}

function decode(type: 'node-session' | 'metrics' | 'status', payload: Uint8Array): SessionMessage | string {
  if (type === 'node-session') {
    const decoded = decodeJson(nodeSession, payload);
    return decoded.ok ? { type: 'session', session: decoded.value } : decoded.message;
  }
  if (type === 'metrics') {
    const decoded = decodeJson(metrics, payload);
    return decoded.ok ? { type: 'metrics', metrics: decoded.value } : decoded.message;
  }
  const decoded = decodeJson(podReport, payload);
  return decoded.ok ? { type: 'report', report: decoded.value } : decoded.message;
}

/** Logged in powers of two, so that a broken board cannot fill the log. */
function refuse(state: State, node: string, why: string, ctx: ActorContext<Message>): void {
  state.refused += 1;
  if (Number.isInteger(Math.log2(state.refused)))
    ctx.log('warn', 'message refused', { node, why, refused: state.refused });
}

function podCIDRsOf({ object }: StoredObject): readonly string[] {
  return (object['spec'] as { podCIDRs?: readonly string[] } | undefined)?.podCIDRs ?? [];
}
