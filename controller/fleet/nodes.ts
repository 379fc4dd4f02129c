import type { Actor, ActorContext, ActorRef, Supervision } from '@bramble/actors/index.ts';
import type { Metrics, NodeBirth } from '@bramble/protocol/messages/session.ts';
import type { NodeStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { StoredObject, StoreEvent } from '../store/types.ts';
import type { BoardRecord } from '../trust/join.ts';
import { decodeArrival } from './arrivals.ts';
import { boardPrefix, boardRecord } from './boards.ts';
import { type Claims, isDeathOfCopy, judgeBirth, judgeSign, newClaims } from './claims.ts';
import { sendAway, tellContested } from './copied-cards.ts';
import { DigestCache, desiredObjects } from './desired.ts';
import type { Arrival } from './link.ts';
import { PodCidrs } from './pod-cidrs.ts';
import { PodIndex } from './pod-index.ts';
import type { Refusal } from './refusals.ts';
import { boardSession } from './session.ts';
import type { Life, SessionMessage, SessionPorts } from './session-types.ts';

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'arrival'; readonly arrival: Arrival }
  | { readonly type: 'link'; readonly up: boolean }
  | { readonly type: 'tell' };

export type FleetNodes = ActorRef<Extract<Message, { type: 'arrival' | 'link' }>>;

export interface NodesPorts extends SessionPorts {
  /** The range that boards' shares come from, such as `10.42.0.0/16`. */
  readonly clusterCIDR: string;
  /** Told when another machine, or the same one with a new card, takes a board's name: its boots count from anew. */
  readonly onReplaced: (node: string) => void;
  /** What boards measured; `undefined` when a board was removed. */
  readonly onMetrics?: (node: string, metrics: Metrics | undefined) => void;
}

interface Board {
  record: BoardRecord;
  readonly session: ActorRef<SessionMessage>;
  /** The newest birth, for a session that starts anew. */
  birth: NodeBirth | undefined;
  life: Life;
  claims: Claims;
}

interface State {
  readonly boards: Map<string, Board>;
  readonly cidrs: PodCidrs;
  readonly pods: PodIndex;
  readonly digests: DigestCache;
  readonly stopWatches: (() => void)[];
  /** Boards that have to be told what they should hold. */
  readonly untold: Set<string>;
  linkUp: boolean;
  refused: number;
}

type Context = ActorContext<Message>;

const podPrefix = '/registry/pods/';
const nodePrefix = '/registry/nodes/';
const watched = [podPrefix, nodePrefix, '/registry/configmaps/', '/registry/secrets/', boardPrefix];
/** Each board gets 254 addresses. */
const shareBits = 24;
/** Boards told in one turn: a hundred pods each take about half a millisecond. */
const boardsATurn = 8;
const tellAgainMs = 100;

/** One board whose session cannot live must not take the others with it: it is tried again, ever more rarely. */
const supervision: Supervision = {
  strategy: 'one-for-one',
  budget: { restarts: 1_000, withinMs: 60_000 },
  backoff: { firstMs: 100, maxMs: 60_000 },
};

/** Has one session actor for each board that joined, and tells each what its board should hold. */
export function fleetNodes(ports: NodesPorts): Actor<State, Message> {
  return {
    supervision,
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

function handle(ports: NodesPorts, state: State, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'arrival':
      return arrived(ports, state, message.arrival, ctx);
    case 'changes':
      return changed(ports, state, message.events, ctx);
    case 'tell':
      return tell(ports, state, ctx);
    case 'link':
      state.linkUp = message.up;
      for (const board of state.boards.values()) {
        if (board.life === 'alive') board.life = 'unheard';
        board.session.send({ type: 'link', up: message.up });
      }
  }
}

function start(ports: NodesPorts, ctx: Context): State {
  const { store } = ports;
  const onEvents = ctx.listen((events: readonly StoreEvent[]): Message => ({ type: 'changes', events }));
  const stopWatches = watched.map((prefix) => {
    const watch = store.watch({ prefix, from: undefined, onEvents });
    if (!watch.ok) throw new Error(`the store refuses to watch ${prefix}`);
    return watch.stop;
  });
  const state: State = {
    boards: new Map(),
    cidrs: new PodCidrs(ports.clusterCIDR, shareBits),
    pods: new PodIndex(),
    digests: new DigestCache(),
    stopWatches,
    untold: new Set(),
    linkUp: false,
    refused: 0,
  };
  for (const node of store.list(nodePrefix)) reserveShares(state, node, ctx);
  for (const pod of store.list(podPrefix)) state.pods.put(pod.key, pod);
  for (const board of store.list(boardPrefix)) boardJoined(ports, state, board, ctx);
  return state;
}

function changed(ports: NodesPorts, state: State, events: readonly StoreEvent[], ctx: Context): void {
  for (const { type, stored } of events) {
    const { key } = stored;
    if (key.startsWith(podPrefix)) {
      for (const node of state.pods.put(key, type === 'deleted' ? undefined : stored)) state.untold.add(node);
    } else if (key.startsWith(boardPrefix)) {
      if (type === 'deleted') boardLeft(ports, state, stored, ctx);
      else boardJoined(ports, state, stored, ctx);
    } else if (key.startsWith(nodePrefix)) {
      if (type === 'deleted') nodeDeleted(state, stored);
      else if (!state.boards.has(stored.object.metadata.name)) reserveShares(state, stored, ctx);
    } else for (const node of state.pods.usersOf(key)) state.untold.add(node);
  }
  tell(ports, state, ctx);
}

/** Tells some of the boards that something changed; the others in a later turn. */
function tell(ports: NodesPorts, state: State, ctx: Context): void {
  let delayMs = 0;
  for (const node of [...state.untold].slice(0, boardsATurn)) {
    state.untold.delete(node);
    const objects = desiredObjects(state.pods.podsOn(node), ports.store, state.digests);
    const taken = state.boards.get(node)?.session.send({ type: 'desired', objects }) ?? true;
    if (taken) continue;
    state.untold.add(node);
    delayMs = tellAgainMs;
  }
  if (state.untold.size > 0) ctx.setTimer('tell', delayMs, { type: 'tell' });
}

/** A board that joined, or joined again. Only a new key makes a new session: a new certificate changes no conversation. */
function boardJoined(ports: NodesPorts, state: State, stored: StoredObject, ctx: Context): void {
  const record = boardRecord(stored.object);
  const { node, sealingKey, labels } = record;
  const before = state.boards.get(node);
  if (before?.record.sealingKey === sealingKey) {
    const changed = JSON.stringify(before.record.released) !== JSON.stringify(record.released);
    before.record = record;
    before.claims = { ...before.claims, machineId: record.machineId };
    if (changed) before.session.send({ type: 'released', uids: record.released ?? [] });
    return;
  }
  if (before) {
    ctx.stop(before.session);
    ports.onReplaced(node);
  }
  const podCIDRs = state.cidrs.allocate(node);
  if (podCIDRs.length === 0) ctx.log('error', 'no address range is left for this board', { node });
  const known = () => ({
    desired: desiredObjects(state.pods.podsOn(node), ports.store, state.digests),
    birth: state.boards.get(node)?.birth,
    life: state.boards.get(node)?.life ?? 'unheard',
    released: state.boards.get(node)?.record.released ?? record.released ?? [],
    linkUp: state.linkUp,
  });
  state.boards.delete(node);
  const settings = { node, sealingKey, podCIDRs, labels: labels ?? {}, known };
  const session = ctx.spawn(node, boardSession(ports, settings));
  const claims = newClaims(record.machineId, before ? undefined : lastBootId(ports, node));
  state.boards.set(node, { record, session, birth: undefined, life: 'unheard', claims });
}

function boardLeft(ports: NodesPorts, state: State, stored: StoredObject, ctx: Context): void {
  const { node } = boardRecord(stored.object);
  const board = state.boards.get(node);
  if (board) ctx.stop(board.session);
  state.boards.delete(node);
  ports.unclaimed?.keepOnly(node, undefined);
  if (!ports.store.get(`${nodePrefix}${node}`)) state.cidrs.release(node);
  ports.onReplaced(node);
  ports.onMetrics?.(node, undefined);
}

/** A board's addresses stay its own while it is joined: it may be running pods with them. */
function nodeDeleted(state: State, { object }: StoredObject): void {
  const { name } = object.metadata;
  const board = state.boards.get(name);
  if (!board) state.cidrs.release(name);
  else board.session.send({ type: 'node-deleted' });
}

function reserveShares(state: State, { object }: StoredObject, ctx: Context): void {
  const { name } = object.metadata;
  for (const share of podCIDRsOf(object)) {
    if (state.cidrs.reserve(name, share)) continue;
    ctx.log('error', 'two boards claim the same addresses', { node: name, podCIDR: share });
  }
}

function arrived(ports: NodesPorts, state: State, arrival: Arrival, ctx: Context): void {
  const { topic, payload } = arrival;
  if (topic.type !== 'node-session' && topic.type !== 'metrics' && topic.type !== 'status') return;
  if (payload.length === 0) return;
  const board = state.boards.get(topic.node);
  const { node } = topic;
  if (!board)
    return refuse(ports, state, { node, reason: 'unknown-board', why: 'no such board has joined' }, ctx);
  const message = decodeArrival(topic, arrival);
  if (typeof message === 'string')
    return refuse(ports, state, { node, reason: 'malformed', why: `${topic.type}: ${message}` }, ctx);
  const said = judged(ports, node, board, message, ctx);
  if (!said) return;
  noteLife(board, said);
  if (said.type === 'metrics') ports.onMetrics?.(node, said.metrics);
  const why = 'it says more than can be taken in';
  if (!board.session.send(said)) refuse(ports, state, { node, reason: 'overload', why }, ctx);
}

/** What the broker kept says nothing of now. */
function noteLife(board: Board, said: Said): void {
  if (said.type !== 'session') board.life = 'alive';
  else if (!said.session.alive)
    board.life = said.session.boot < (board.birth?.boot ?? 0) ? board.life : 'lost';
  else if (!said.retained) board.life = 'alive';
}

type Said = Exclude<ReturnType<typeof decodeArrival>, string>;

/** What is said in the board's name by the machine that has it; nothing of what a copy says. */
function judged(ports: NodesPorts, node: string, board: Board, said: Said, ctx: Context): Said | undefined {
  const nowMs = ctx.host.monotonic();
  if (said.type === 'session' && !said.session.alive) {
    if (!isDeathOfCopy(board.claims, said.session)) return said;
    ports.onRefused('copy');
    return undefined;
  }
  const judgement =
    said.type === 'session' && said.session.alive
      ? judgeBirth(board.claims, said.session, said.retained, nowMs)
      : judgeSign(board.claims, bootOf(said), nowMs);
  const { claims, outcome, again, copy, contested } = judgement;
  const session = again && ({ type: 'session', session: again, retained: false, again: true } as const);
  if (session && !board.session.send(session)) return undefined;
  board.claims = claims;
  if (copy) sendAway(ports, node, copy);
  if (contested) tellContested(ports, node);
  if (outcome === 'refused') ports.onRefused('copy');
  if (outcome !== 'accepted') return undefined;
  if (again) board.birth = again;
  else if (said.type === 'session' && said.session.alive) board.birth = said.session;
  return again && said.type === 'session' ? undefined : said;
}

function bootOf(said: Said): number {
  if (said.type === 'session') return said.session.boot;
  return said.type === 'metrics' ? said.metrics.boot : said.report.boot;
}

/** As the store has it from an earlier life of the controller. */
function lastBootId({ store }: NodesPorts, node: string): string | undefined {
  const status = store.get(`${nodePrefix}${node}`)?.object['status'] as NodeStatus | undefined;
  return status?.nodeInfo?.bootID || undefined;
}

interface Refused {
  readonly node: string;
  readonly reason: Refusal;
  readonly why: string;
}

/** Logged in powers of two, so that a broken board cannot fill the log. */
function refuse({ onRefused }: NodesPorts, state: State, { node, reason, why }: Refused, ctx: Context): void {
  onRefused(reason);
  state.refused += 1;
  if (Number.isInteger(Math.log2(state.refused)))
    ctx.log('warn', 'message refused', { node, why, refused: state.refused });
}

function podCIDRsOf(object: StoredObject['object']): readonly string[] {
  return (object['spec'] as { podCIDRs?: readonly string[] } | undefined)?.podCIDRs ?? [];
}
