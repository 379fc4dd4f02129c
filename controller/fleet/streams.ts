import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { nodeSession } from '@bramble/protocol/messages/session.ts';
import type { LogsRequest, StreamIn, StreamOut } from '@bramble/protocol/messages/streams.ts';
import { decodeStreamOut } from '@bramble/protocol/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Arrival, FleetLink } from './link.ts';
import type { OrderSigner } from './session-types.ts';

/** Where the bytes of a stream go. */
export interface StreamSink {
  /** `taken` is called when the reader has had the bytes: only then the board may send as many again. */
  readonly onBytes: (bytes: Uint8Array, taken: () => void) => void;
  /** Once, last. `error` when it did not end by itself; `code` as in HTTP. */
  readonly onEnd: (error: { readonly code: number; readonly message: string } | undefined) => void;
}

type Message =
  | {
      readonly type: 'open';
      readonly id: string;
      readonly node: string;
      readonly request: LogsRequest;
      readonly sink: StreamSink;
    }
  | { readonly type: 'close'; readonly id: string }
  | { readonly type: 'taken'; readonly id: string; readonly bytes: number }
  | { readonly type: 'arrival'; readonly arrival: Arrival }
  | { readonly type: 'link'; readonly up: boolean }
  /** Another machine has the name of this board from now on. */
  | { readonly type: 'replaced'; readonly node: string }
  | { readonly type: 'unanswered'; readonly id: string };

export type FleetStreams = ActorRef<Exclude<Message, { type: 'unanswered' | 'taken' }>>;

interface Stream {
  readonly id: string;
  readonly node: string;
  readonly sink: StreamSink;
  sentSequence: number;
  nextSequence: number;
  /** Bytes taken since the last credit was given. */
  uncredited: number;
  /** Bytes that the board may still send. */
  credit: number;
}

interface State {
  readonly streams: Map<string, Stream>;
  readonly boots: Map<string, number>;
  /** On the signal lane: a credit that got lost would stop its stream for good. Each frame gives one at most. */
  readonly taken: (taken: { readonly id: string; readonly bytes: number }) => void;
}

export interface StreamsPorts {
  readonly link: () => FleetLink | undefined;
  readonly signer: Pick<OrderSigner, 'sign'>;
  readonly storeId: string;
  readonly epoch: number;
}

/** A board that says nothing for this long after the opening has not got it. */
const answerMs = 10_000;
const mostStreams = 1_000;

/** The controller's ends of the streams over the boards' MQTT connections (ARCHITECTURE §5). */
export function fleetStreams(ports: StreamsPorts): Actor<State, Message> {
  return {
    inbox: { capacity: 20_000 },
    start: (ctx) => ({
      streams: new Map(),
      boots: new Map(),
      taken: ctx.listen(({ id, bytes }) => ({ type: 'taken', id, bytes })),
    }),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      for (const stream of state.streams.values())
        stream.sink.onEnd({ code: 503, message: 'the controller stops' });
    },
  };
}

function handle(ports: StreamsPorts, state: State, message: Message, ctx: ActorContext<Message>): void {
  switch (message.type) {
    case 'open':
      return open(ports, state, message, ctx);
    case 'close':
      return close(ports, state, message.id, ctx);
    case 'taken':
      return credit(ports, state, message.id, message.bytes);
    case 'unanswered':
      return abort(ports, state, message.id, { code: 504, message: 'the board does not answer' }, ctx);
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
  }
}

function open(
  ports: StreamsPorts,
  state: State,
  { id, node, request, sink }: Extract<Message, { type: 'open' }>,
  ctx: ActorContext<Message>,
): void {
  const boot = state.boots.get(node);
  if (boot === undefined)
    return sink.onEnd({ code: 503, message: `board ${node} has no link at the moment` });
  if (state.streams.size >= mostStreams || state.streams.has(id))
    return sink.onEnd({ code: 429, message: 'too many streams are open' });
  const stream: Stream = {
    id,
    node,
    sink,
    sentSequence: 0,
    nextSequence: 0,
    uncredited: 0,
    credit: limits.streamCreditBytes,
  };
  state.streams.set(id, stream);
  ctx.setTimer(id, answerMs, { type: 'unanswered', id });
  send(ports, stream, {
    storeId: ports.storeId,
    epoch: ports.epoch,
    type: 'open',
    sequence: 0,
    boot,
    request,
  });
}

function close(ports: StreamsPorts, state: State, id: string, ctx: ActorContext<Message>): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  forget(state, id, ctx);
  stream.sentSequence += 1;
  const { storeId, epoch } = ports;
  send(ports, stream, { storeId, epoch, type: 'close', sequence: stream.sentSequence });
}

function credit(ports: StreamsPorts, state: State, id: string, bytes: number): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  stream.uncredited += bytes;
  if (stream.uncredited < limits.streamCreditBytes / 4) return;
  stream.sentSequence += 1;
  const { storeId, epoch } = ports;
  send(ports, stream, {
    storeId,
    epoch,
    type: 'credit',
    sequence: stream.sentSequence,
    bytes: stream.uncredited,
  });
  stream.credit += stream.uncredited;
  stream.uncredited = 0;
}

function arrived(
  ports: StreamsPorts,
  state: State,
  { topic, payload }: Arrival,
  ctx: ActorContext<Message>,
): void {
  if (topic.type === 'node-session') return boardChanged(state, topic.node, payload, ctx);
  if (topic.type !== 'stream-out') return;
  const stream = state.streams.get(topic.stream);
  if (!stream || stream.node !== topic.node) return;
  const decoded = decodeStreamOut(payload);
  if (!decoded.ok) return abort(ports, state, stream.id, { code: 502, message: decoded.message }, ctx);
  ctx.cancelTimer(stream.id);
  frame(ports, state, stream, decoded.value, ctx);
}

function frame(
  ports: StreamsPorts,
  state: State,
  stream: Stream,
  out: StreamOut,
  ctx: ActorContext<Message>,
): void {
  const { id, sink } = stream;
  if (out.sequence < stream.nextSequence) return;
  if (out.sequence > stream.nextSequence)
    return abort(ports, state, id, { code: 502, message: 'a part of the stream was lost on the way' }, ctx);
  stream.nextSequence += 1;
  if (out.type === 'end') return end(state, id, out.end.error, ctx);
  const bytes = out.bytes.length;
  if (bytes > stream.credit)
    return abort(ports, state, id, { code: 502, message: 'the board sent more than it was asked for' }, ctx);
  stream.credit -= bytes;
  let open = true;
  sink.onBytes(out.bytes, () => {
    if (open) state.taken({ id, bytes });
    open = false;
  });
}

/** A new boot, or death: the streams of the old one are over. */
function boardChanged(state: State, node: string, payload: Uint8Array, ctx: ActorContext<Message>): void {
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
function endAll(state: State, node: string | undefined, message: string, ctx: ActorContext<Message>): void {
  for (const stream of [...state.streams.values()])
    if (node === undefined || stream.node === node) end(state, stream.id, { code: 503, message }, ctx);
}

/** Ends a stream that its board does not know to be over. */
function abort(
  ports: StreamsPorts,
  state: State,
  id: string,
  error: { readonly code: number; readonly message: string },
  ctx: ActorContext<Message>,
): void {
  const sink = state.streams.get(id)?.sink;
  close(ports, state, id, ctx);
  sink?.onEnd(error);
}

function end(
  state: State,
  id: string,
  error: { readonly code: number; readonly message: string } | undefined,
  ctx: ActorContext<Message>,
): void {
  const stream = state.streams.get(id);
  if (!stream) return;
  forget(state, id, ctx);
  stream.sink.onEnd(error);
}

function forget(state: State, id: string, ctx: ActorContext<Message>): void {
  ctx.cancelTimer(id);
  state.streams.delete(id);
}

function send(ports: StreamsPorts, stream: Stream, frameIn: StreamIn): void {
  const topic = topics.streamIn(stream.node, stream.id);
  const payload = ports.signer.sign(topic, frameIn);
  ports.link()?.send({ type: 'publish', message: { topic, payload, qos: 1, retain: false } });
}
