import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import { type Decoded, decodeJson } from '@bramble/protocol/decode.ts';
import { openOrder } from '@bramble/protocol/envelope.ts';
import { acks, manifest, objectOrder } from '@bramble/protocol/messages/orders.ts';
import { type ControllerSession, controllerSession } from '@bramble/protocol/messages/session.ts';
import { streamOpen } from '@bramble/protocol/messages/streams.ts';
import { isStreamFrame } from '@bramble/protocol/streams.ts';
import { parseTopic, type Topic } from '@bramble/protocol/topics.ts';
import type * as z from '@bramble/protocol/zod.ts';
import { takeNetworkFact } from './network-facts.ts';
import { takeOwnSession } from './own-session.ts';
import { hasten } from './session.ts';
import { type LinkContext, type LinkPorts, type LinkState, refuse } from './state.ts';

type Arrival = Extract<LinkEvent, { type: 'message' }>;

/** Births that a new controller asks for are spread over this long, so that a fleet does not answer at once. */
const birthSpreadMs = 5_000;
/** Boards that learn that somebody wants to know how they are do not all answer at once. */
const watchedSpreadMs = 5_000;

/** Checks a message and passes it on. Its `done` is called once, by whoever handles it in the end. */
export function takeMessage(state: LinkState, arrival: Arrival, ports: LinkPorts, ctx: LinkContext): void {
  const topic = parseTopic(arrival.topic);
  switch (topic?.type) {
    case 'controller-session':
      takeSession(state, arrival, ctx);
      return arrival.done();
    case 'node-session':
      takeOwnSession(state, arrival, ports, ctx);
      return arrival.done();
    case 'network-membership':
    case 'network-index':
    case 'network-boards':
    case 'network-service':
      takeNetworkFact(state, topic.type, arrival, ports, ctx);
      return arrival.done();
    case 'manifest':
      return takeManifest(state, arrival, ports, ctx);
    case 'object':
      return takeObject(state, topic, arrival, ports, ctx);
    case 'acks':
      takeAcks(state, arrival, ports, ctx);
      return arrival.done();
    case 'stream-in':
      takeStream(state, topic.stream, arrival, ports, ctx);
      return arrival.done();
    default:
      refuse(state, 'BRAMBLE_BAD_MESSAGE', `nothing is expected on ${arrival.topic}`, ctx);
      return arrival.done();
  }
}

/** Unsigned, so it moves nothing but the moments of a birth and of a word on how the board is. */
function takeSession(state: LinkState, { payload, retained }: Arrival, ctx: LinkContext): void {
  const decoded = decodeJson(controllerSession, payload);
  if (!decoded.ok) return refuse(state, decoded.code, decoded.message, ctx);
  const session = decoded.value;
  const before = state.session;
  if (before && isLateDeath(before, session)) return;
  state.session = session;
  // A controller that was away for a moment may have missed a birth, and a late will may have taken its place.
  // So may one that comes after this connection, where the broker keeps nothing.
  const isNew = before
    ? before.storeId !== session.storeId ||
      before.epoch !== session.epoch ||
      before.connection !== session.connection
    : !retained;
  if (session.watched && !before?.watched) hasten(state, ctx, watchedSpreadMs * ctx.host.random());
  if (!isNew) return;
  state.answered = false;
  // Told before, where the birth is answered.
  hasten(state, ctx, 2 * birthSpreadMs);
  if (session.alive) ctx.setTimer('birth', birthSpreadMs * ctx.host.random(), { type: 'birth' });
}

/** The will of an earlier connection of the controller: a broker may send it when the next one has long been there. */
function isLateDeath(
  known: ControllerSession,
  { alive, storeId, epoch, connection = 0 }: ControllerSession,
): boolean {
  if (alive || storeId !== known.storeId) return false;
  return epoch < known.epoch || (epoch === known.epoch && connection < (known.connection ?? 0));
}

function takeManifest(state: LinkState, arrival: Arrival, ports: LinkPorts, ctx: LinkContext): void {
  const opened = open(state, manifest, arrival, ports, ctx);
  if (!opened) return arrival.done();
  noteEpoch(state, opened.fence.storeId, opened.fence.epoch);
  if (!ports.pods.send({ type: 'manifest', manifest: opened, done: arrival.done })) arrival.done();
}

function takeObject(
  state: LinkState,
  { kind, uid }: Extract<Topic, { type: 'object' }>,
  arrival: Arrival,
  ports: LinkPorts,
  ctx: LinkContext,
): void {
  const order = open(state, objectOrder, arrival, ports, ctx);
  if (!order) return arrival.done();
  const { payload, done } = arrival;
  const taken = ports.pods.send({
    type: 'object',
    key: `${kind}/${uid}`,
    order,
    bytes: payload.length,
    done,
  });
  if (!taken) done();
}

function takeAcks(state: LinkState, arrival: Arrival, ports: LinkPorts, ctx: LinkContext): void {
  const opened = open(state, acks, arrival, ports, ctx);
  if (!opened) return;
  const { fence, boot, reports } = opened;
  if (boot !== ports.boot) return;
  if (isOver(state, fence.storeId, fence.epoch))
    return refuse(state, 'old epoch', `acknowledgements of epoch ${fence.epoch}`, ctx);
  if (opened.copied?.bootId === ports.inventory.machine.bootId)
    return void ctx.self.send({ type: 'copied', message: opened.copied.message });
  // Another store has nothing of ours on its disk, whatever it says.
  if (state.bound !== undefined && fence.storeId !== state.bound.storeId)
    return refuse(state, 'foreign store', `acknowledgements of store ${fence.storeId}`, ctx);
  // The pods first: they look into the report that the outbox is about to forget.
  ports.pods.send({ type: 'acks', acks: opened });
  for (const [uid, sequence] of Object.entries(reports)) state.outbox.acknowledge(uid, sequence);
}

function takeStream(
  state: LinkState,
  stream: string,
  arrival: Arrival,
  ports: LinkPorts,
  ctx: LinkContext,
): void {
  const { topic, payload } = arrival;
  if (isStreamFrame(payload)) return void ports.streams.send({ type: 'frame', stream, payload });
  const order = open(state, streamOpen, arrival, ports, ctx);
  if (!order) return;
  if (isOver(state, order.storeId, order.epoch))
    return refuse(state, 'old epoch', `a stream of epoch ${order.epoch}`, ctx);
  if (state.bound !== undefined && order.storeId !== state.bound.storeId)
    return refuse(state, 'foreign store', `a stream of store ${order.storeId}`, ctx);
  ports.streams.send({ type: 'open', stream, topic, order });
}

/** The order, when its signature and form are right. */
function open<T>(
  state: LinkState,
  schema: z.ZodMiniType<T>,
  { topic, payload }: Arrival,
  { clusterKey }: LinkPorts,
  ctx: LinkContext,
): T | undefined {
  const opened: Decoded<T> = openOrder(clusterKey, schema, topic, payload);
  if (opened.ok) return opened.value;
  refuse(state, opened.code, `${topic}: ${opened.message}`, ctx);
  return undefined;
}

function isOver(state: LinkState, storeId: string, epoch: number): boolean {
  return epoch < (state.epochs.get(storeId) ?? 0);
}

const maxStores = 8;

/** Terms that are over stay over for as long as this link lives; the journal remembers them beyond. */
export function noteEpoch(state: LinkState, storeId: string, epoch: number): void {
  const known = state.epochs.get(storeId) ?? 0;
  state.epochs.delete(storeId);
  state.epochs.set(storeId, Math.max(known, epoch));
  for (const oldest of state.epochs.keys()) {
    if (state.epochs.size <= maxStores) return;
    state.epochs.delete(oldest);
  }
}
