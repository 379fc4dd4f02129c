import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { nodeSession } from '@bramble/protocol/messages/session.ts';
import type {
  StreamEnd,
  StreamFrame,
  StreamOpen,
  StreamRequest,
} from '@bramble/protocol/messages/streams.ts';
import { newStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { FrameReader, FrameWriter } from '@bramble/protocol/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Arrival, FleetLink } from './link.ts';
import type { OnRefused } from './refusals.ts';
import type { OrderSigner } from './session-types.ts';
import { begin, endInput, giveCredit, type Outcome, takeInput, takePayload } from './stream-frames.ts';
import type { Stream, StreamError, StreamSink } from './stream-state.ts';

export type { StreamSink } from './stream-state.ts';

type Message =
  | {
      readonly type: 'open';
      readonly id: string;
      readonly node: string;
      readonly request: StreamRequest;
      readonly sink: StreamSink;
    }
  /** After `onReady`: the board begins what was asked for. */
  | { readonly type: 'begin'; readonly id: string }
  /** `taken` is called when the bytes are on their way: more may be handed in then. */
  | { readonly type: 'input'; readonly id: string; readonly bytes: Uint8Array; readonly taken: () => void }
  | { readonly type: 'input-end'; readonly id: string }
  | { readonly type: 'resize'; readonly id: string; readonly width: number; readonly height: number }
  | { readonly type: 'close'; readonly id: string }
  | { readonly type: 'taken'; readonly id: string; readonly cost: number }
  | { readonly type: 'arrival'; readonly arrival: Arrival }
  | { readonly type: 'link'; readonly up: boolean }
  /** Another machine has the name of this board from now on. */
  | { readonly type: 'replaced'; readonly node: string }
  | { readonly type: 'unanswered'; readonly id: string }
  | { readonly type: 'idle'; readonly id: string };

export type FleetStreams = ActorRef<Exclude<Message, { type: 'unanswered' | 'taken' | 'idle' }>>;

interface State {
  readonly streams: Map<string, Stream>;
  readonly boots: Map<string, number>;
  /** On the signal lane: a credit that got lost would stop its stream for good. Each frame gives one at most. */
  readonly taken: (taken: { readonly id: string; readonly cost: number }) => void;
}

export interface StreamsPorts {
  readonly link: () => FleetLink | undefined;
  readonly onRefused: OnRefused;
  readonly signer: Pick<OrderSigner, 'sign' | 'seal'>;
  readonly storeId: string;
  readonly epoch: number;
  /** The board's own public key, which its streams' keys are sealed to; `undefined` for an unknown board. */
  readonly sealingKeyOf: (node: string) => string | undefined;
  /** Counts on for as long as this epoch lasts, whatever actor is started anew. */
  readonly nextNumber: () => number;
}

type Context = ActorContext<Message>;

/** A board that says nothing for this long after the opening has not got it. */
const answerMs = 10_000;
const mostStreams = 1_000;

/** The controller's ends of the streams over the boards' MQTT connections (ARCHITECTURE §5). */
export function fleetStreams(ports: StreamsPorts): Actor<State, Message> {
  return {
    inbox: { capacity: 50_000 },
    start: (ctx) => ({
      streams: new Map(),
      boots: new Map(),
      taken: ctx.listen(({ id, cost }) => ({ type: 'taken', id, cost })),
    }),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      for (const stream of state.streams.values())
        stream.sink.onEnd({ error: { code: 503, message: 'the controller stops' } });
    },
  };
}

function handle(ports: StreamsPorts, state: State, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'open':
      return open(ports, state, message, ctx);
    case 'close':
      return close(ports, state, message.id, ctx);
    case 'unanswered':
      return abort(ports, state, message.id, { code: 504, message: 'the board does not answer' }, ctx);
    case 'idle':
      return checkIdle(ports, state, message.id, ctx);
    case 'replaced':
      state.boots.delete(message.node);
      return endAll(state, message.node, `board ${message.node} was replaced`, ctx);
    case 'link':
      // What the boards sent meanwhile is lost, the ends of their streams with it. Who is there, the broker tells anew.
      if (message.up) return;
      state.boots.clear();
      return endAll(state, undefined, 'the controller lost its link to the boards', ctx);
    case 'arrival':
      return arrived(ports, state, message.arrival, ctx);
    default:
      return withStream(ports, state, message, ctx);
  }
}

/** What a stream's own reader or writer asks for; nothing, when it has ended meanwhile. */
function withStream(
  ports: StreamsPorts,
  state: State,
  message: Extract<Message, { type: 'begin' | 'input' | 'input-end' | 'resize' | 'taken' }>,
  ctx: Context,
): void {
  const stream = state.streams.get(message.id);
  if (!stream) return message.type === 'input' ? message.taken() : undefined;
  if (message.type !== 'taken') stream.movedAtMs = ctx.host.monotonic();
  const send = (to: Stream, frame: StreamFrame): boolean => sendFrame(ports, to, frame);
  switch (message.type) {
    case 'begin':
      if (stream.kind !== 'logs') ctx.setTimer(idleTimer(stream.id), limits.streamIdleMs, idle(stream.id));
      return settle(ports, state, stream, begin(stream, send), ctx);
    case 'input':
      return settle(ports, state, stream, takeInput(stream, message, send), ctx);
    case 'input-end':
      return settle(ports, state, stream, endInput(stream, send), ctx);
    case 'taken':
      return settle(ports, state, stream, giveCredit(stream, message.cost, send), ctx);
    case 'resize': {
      const { width, height } = message;
      send(stream, { type: 'resize', width, height });
    }
  }
}

function open(
  ports: StreamsPorts,
  state: State,
  { id, node, request, sink }: Extract<Message, { type: 'open' }>,
  ctx: Context,
): void {
  const refuse = (code: number, message: string): void => sink.onEnd({ error: { code, message } });
  const boot = state.boots.get(node);
  const sealingKey = ports.sealingKeyOf(node);
  if (boot === undefined || sealingKey === undefined)
    return refuse(503, `board ${node} has no link at the moment`);
  if (state.streams.size >= mostStreams || state.streams.has(id))
    return refuse(429, 'too many streams are open');
  const key = newStreamKey();
  const topic = topics.streamIn(node, id);
  const { storeId, epoch, signer } = ports;
  const sealed = signer.seal(sealingKey, streamKeyContext(topic, boot), key);
  const number = ports.nextNumber();
  const order: StreamOpen = { storeId, epoch, boot, number, key: sealed, request };
  if (!publish(ports, topic, signer.sign(topic, order)))
    return refuse(503, 'too much is under way to the boards');
  const nowMs = ctx.host.monotonic();
  state.streams.set(id, newStream({ id, node, kind: request.type, topic, sink, key, nowMs }));
  ctx.setTimer(id, answerMs, { type: 'unanswered', id });
}

function newStream({
  key,
  nowMs,
  ...about
}: Pick<Stream, 'id' | 'node' | 'kind' | 'topic' | 'sink'> & { key: Uint8Array; nowMs: number }): Stream {
  return {
    ...about,
    writer: new FrameWriter(key, 'in'),
    reader: new FrameReader(key, 'out'),
    nextSequence: 0,
    phase: 'opening',
    uncredited: 0,
    credit: 0,
    inputCredit: limits.streamCreditBytes,
    input: [],
    inputEnded: false,
    inputEndTold: false,
    movedAtMs: nowMs,
  };
}

function arrived(ports: StreamsPorts, state: State, { topic, payload }: Arrival, ctx: Context): void {
  if (topic.type === 'node-session') return boardChanged(state, topic.node, payload, ctx);
  if (topic.type !== 'stream-out') return;
  const stream = state.streams.get(topic.stream);
  if (stream && stream.node !== topic.node) return ports.onRefused('foreign');
  if (!stream) return;
  const before = stream.nextSequence;
  const taken = ({ id }: Stream, cost: number): void => state.taken({ id, cost });
  const send = (to: Stream, frame: StreamFrame): boolean => sendFrame(ports, to, frame);
  const outcome = takePayload(stream, payload, taken, send);
  if (outcome.type === 'unsealed') return ports.onRefused('unsealed');
  if (stream.nextSequence !== before) {
    ctx.cancelTimer(stream.id);
    stream.movedAtMs = ctx.host.monotonic();
  }
  settle(ports, state, stream, outcome, ctx);
}

function settle(ports: StreamsPorts, state: State, stream: Stream, outcome: Outcome, ctx: Context): void {
  if (outcome.type === 'ended') end(state, stream.id, outcome.frame.end, ctx);
  else if (outcome.type === 'broken') abort(ports, state, stream.id, outcome.error, ctx);
}

const idleTimer = (id: string): string => `idle ${id}`;
const idle = (id: string): Message => ({ type: 'idle', id });

function checkIdle(ports: StreamsPorts, state: State, id: string, ctx: Context): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  const leftMs = stream.movedAtMs + limits.streamIdleMs - ctx.host.monotonic();
  if (leftMs > 0) return ctx.setTimer(idleTimer(id), leftMs, idle(id));
  const hours = Math.round(limits.streamIdleMs / 3_600_000);
  abort(ports, state, id, { code: 504, message: `nothing was said for ${hours} hours` }, ctx);
}

/** A new boot, or death: the streams of the old one are over. */
function boardChanged(state: State, node: string, payload: Uint8Array, ctx: Context): void {
  const decoded = decodeJson(nodeSession, payload);
  if (!decoded.ok) return;
  const { alive, boot } = decoded.value;
  const known = state.boots.get(node);
  if (known !== undefined && boot < known) return;
  if (alive) state.boots.set(node, boot);
  else state.boots.delete(node);
  if (!alive || known !== boot) endAll(state, node, `board ${node} lost its link`, ctx);
}

/** @param node `undefined`: of all boards. */
function endAll(state: State, node: string | undefined, message: string, ctx: Context): void {
  for (const stream of [...state.streams.values()])
    if (node === undefined || stream.node === node)
      end(state, stream.id, { error: { code: 503, message } }, ctx);
}

/** Ends a stream that its board does not know to be over. */
function abort(ports: StreamsPorts, state: State, id: string, error: StreamError, ctx: Context): void {
  const sink = state.streams.get(id)?.sink;
  close(ports, state, id, ctx);
  sink?.onEnd({ error });
}

function close(ports: StreamsPorts, state: State, id: string, ctx: Context): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  forget(state, stream, ctx);
  sendFrame(ports, stream, { type: 'close' });
}

function end(state: State, id: string, streamEnd: StreamEnd, ctx: Context): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  forget(state, stream, ctx);
  stream.sink.onEnd(streamEnd);
}

function forget(state: State, stream: Stream, ctx: Context): void {
  ctx.cancelTimer(stream.id);
  ctx.cancelTimer(idleTimer(stream.id));
  state.streams.delete(stream.id);
  for (const { taken } of stream.input.splice(0)) taken();
}

function sendFrame(ports: StreamsPorts, stream: Stream, frame: StreamFrame): boolean {
  return publish(ports, stream.topic, stream.writer.write(frame));
}

function publish(ports: StreamsPorts, topic: string, payload: Uint8Array): boolean {
  const message = { topic, payload, qos: 1, retain: false } as const;
  return ports.link()?.send({ type: 'publish', message }) ?? false;
}
