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
  | { readonly type: 'unanswered'; readonly id: string };

export type FleetStreams = ActorRef<Exclude<Message, { type: 'unanswered' }>>;

interface Stream {
  readonly id: string;
  readonly node: string;
  readonly sink: StreamSink;
  sentSequence: number;
  nextSequence: number;
  /** Bytes taken since the last credit was given. */
  uncredited: number;
}

interface State {
  readonly streams: Map<string, Stream>;
  readonly boots: Map<string, number>;
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
    start: () => ({ streams: new Map(), boots: new Map() }),
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
      return end(state, message.id, { code: 504, message: 'the board does not answer' }, ctx);
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
  if (state.streams.size >= mostStreams)
    return sink.onEnd({ code: 429, message: 'too many streams are open' });
  const stream: Stream = { id, node, sink, sentSequence: 0, nextSequence: 0, uncredited: 0 };
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
  if (!decoded.ok) return end(state, stream.id, { code: 502, message: decoded.message }, ctx);
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
  if (out.sequence < stream.nextSequence) return;
  if (out.sequence > stream.nextSequence) {
    close(ports, state, stream.id, ctx);
    return stream.sink.onEnd({ code: 502, message: 'a part of the stream was lost on the way' });
  }
  stream.nextSequence += 1;
  if (out.type === 'end') return end(state, stream.id, out.end.error, ctx);
  const { self } = ctx;
  stream.sink.onBytes(out.bytes, () => self.send({ type: 'taken', id: stream.id, bytes: out.bytes.length }));
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
  if (alive && known === boot) return;
  for (const stream of state.streams.values())
    if (stream.node === node)
      end(state, stream.id, { code: 503, message: `board ${node} lost its link` }, ctx);
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
