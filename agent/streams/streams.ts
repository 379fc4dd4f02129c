import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest, StreamIn } from '@bramble/protocol/messages/streams.ts';
import { encodeStreamOut } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import type { ContainerRuntime } from '../runtime/port.ts';
import { type LogStreamMessage, logStream } from './log-stream.ts';
import type { FrameSink, StreamsMessage } from './messages.ts';

export interface StreamsPorts {
  readonly runtime: Pick<ContainerRuntime, 'logs'>;
  readonly pods: ActorRef<PodsMessage>;
  readonly boot: number;
}

interface State {
  link: FrameSink | undefined;
  readonly streams: Map<string, ActorRef<LogStreamMessage>>;
}

/** The streams that the controller has open to this board: an actor each, as many as the limit allows. */
export function boardStreams(ports: StreamsPorts): Actor<State, StreamsMessage> {
  return {
    inbox: { capacity: 4_000 },
    start: () => ({ link: undefined, streams: new Map() }),
    receive(state, message, ctx) {
      handle(state, message, ports, ctx);
      return state;
    },
  };
}

type Context = ActorContext<StreamsMessage>;

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
    case 'in':
      return takeFrame(state, message.stream, message.frame, ports, ctx);
    case 'ended':
      state.streams.delete(message.stream);
  }
}

function takeFrame(state: State, id: string, frame: StreamIn, ports: StreamsPorts, ctx: Context): void {
  const stream = state.streams.get(id);
  if (frame.type !== 'open') {
    stream?.send({ type: 'in', frame });
    return;
  }
  if (stream || !state.link) return;
  if (frame.boot !== ports.boot) return refuse(state, id, 503, 'the agent was started again');
  if (state.streams.size >= limits.streamsPerNode)
    return refuse(state, id, 429, `this board has ${limits.streamsPerNode} streams open, and takes no more`);
  open(state, id, frame.request, state.link, ports, ctx);
}

function open(
  state: State,
  id: string,
  request: LogsRequest,
  link: FrameSink,
  { runtime, pods }: StreamsPorts,
  ctx: Context,
): void {
  const send = (payload: Uint8Array): void => void link.send({ type: 'stream-out', stream: id, payload });
  const stream = ctx.spawn(id, logStream({ runtime, pods, request, send }), { restart: 'temporary' });
  state.streams.set(id, stream);
  ctx.watch(stream, { type: 'ended', stream: id });
}

function refuse({ link }: State, stream: string, code: number, message: string): void {
  const payload = encodeStreamOut({ type: 'end', sequence: 0, end: { error: { code, message } } });
  link?.send({ type: 'stream-out', stream, payload });
}
