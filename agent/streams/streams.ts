import type { KeyObject } from 'node:crypto';
import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { openStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { FrameReader, FrameWriter } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import { type BoardStreamMessage, boardStream } from './board-stream.ts';
import type { EndpointPorts } from './endpoint.ts';
import type { FrameSink, StreamsMessage } from './messages.ts';
import { OpenedNumbers } from './opened-numbers.ts';

export interface StreamsPorts extends EndpointPorts {
  readonly pods: ActorRef<PodsMessage>;
  readonly boot: number;
  /** What the keys of streams are sealed to. */
  readonly sealingKey: KeyObject;
}

interface State {
  link: FrameSink | undefined;
  readonly opened: OpenedNumbers;
  readonly streams: Map<string, ActorRef<BoardStreamMessage>>;
}

type Context = ActorContext<StreamsMessage>;
type Opening = Extract<StreamsMessage, { type: 'open' }>;

/** The streams that the controller has open to this board: an actor each, as many as the limit allows. */
export function boardStreams(ports: StreamsPorts): Actor<State, StreamsMessage> {
  // Outlives a failure of the actor: what was carried out before it must not be carried out again.
  const opened = new OpenedNumbers();
  return {
    inbox: { capacity: 20_000 },
    start: () => ({ link: undefined, opened, streams: new Map() }),
    receive(state, message, ctx) {
      handle(state, message, ports, ctx);
      return state;
    },
  };
}

function handle(state: State, message: StreamsMessage, ports: StreamsPorts, ctx: Context): void {
  switch (message.type) {
    case 'attach-link':
      state.link = message.link;
      return;
    case 'link-down':
      // What was under way on the old connection may be lost, so no stream outlives it.
      for (const stream of state.streams.values()) ctx.stop(stream);
      state.streams.clear();
      return;
    case 'open':
      return open(state, message, ports, ctx);
    case 'frame':
      state.streams.get(message.stream)?.send({ type: 'in', payload: message.payload });
      return;
    case 'ended':
      state.streams.delete(message.stream);
  }
}

function open(state: State, opening: Opening, ports: StreamsPorts, ctx: Context): void {
  const { stream: id, topic, order } = opening;
  const { link } = state;
  const key = openStreamKey(ports.sealingKey, streamKeyContext(topic, order.boot), order.key);
  if (!key) return ctx.log('warn', 'a stream is refused: its key is not for this board', { stream: id });
  if (!link || state.streams.has(id)) return;
  if (!state.opened.take(`${order.storeId} ${order.epoch} ${order.boot}`, order.number)) return;
  const writer = new FrameWriter(key, 'out');
  const refusal = refusalOf(state, order.boot, ports);
  if (refusal) {
    const payload = writer.write({ type: 'end', end: { error: refusal } });
    return void link.send({ type: 'stream-out', stream: id, payload });
  }
  const stream = ctx.spawn(
    id,
    boardStream({
      ...{ runtime: ports.runtime, portDialer: ports.portDialer, usage: ports.usage, pods: ports.pods },
      ...{ request: order.request, reader: new FrameReader(key, 'in') },
      send: (frame) => link.send({ type: 'stream-out', stream: id, payload: writer.write(frame) }),
    }),
    { restart: 'temporary' },
  );
  state.streams.set(id, stream);
  ctx.watch(stream, { type: 'ended', stream: id });
}

function refusalOf({ streams }: State, boot: number, ports: StreamsPorts) {
  if (boot !== ports.boot) return { code: 503, message: 'the agent was started again' };
  const most = limits.streamsPerNode;
  if (streams.size < most) return undefined;
  return { code: 429, message: `this board has ${most} streams open, and takes no more` };
}
