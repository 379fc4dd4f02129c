import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { StreamEnd, StreamFrame, StreamRequest } from '@bramble/protocol/messages/streams.ts';
import type { FrameReader } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import { type ContainerSession, type ContainerView, RuntimeError } from '../runtime/port.ts';
import { type Chosen, chooseEndpoint, type EndpointPorts, type OpenEndpoint } from './endpoint.ts';
import { FrameOrder } from './frame-order.ts';
import { type StreamInput, takeInput, writeNext } from './stream-input.ts';
import { type StreamOutput, sendOutput } from './stream-output.ts';
import { usageEndpoint } from './usage-source.ts';

export type BoardStreamMessage =
  | { readonly type: 'in'; readonly payload: Uint8Array }
  | { readonly type: 'found'; readonly found: FoundContainer | undefined }
  | { readonly type: 'running'; readonly running: readonly ContainerView[] }
  | { readonly type: 'not-found-in-time' }
  | { readonly type: 'opened'; readonly session: ContainerSession }
  | { readonly type: 'chunk'; readonly chunk: StreamOutput['rest'] }
  | { readonly type: 'written' }
  | { readonly type: 'resized' }
  | { readonly type: 'result'; readonly end: StreamEnd }
  | { readonly type: 'failed'; readonly error: unknown };

export interface BoardStreamPorts extends EndpointPorts {
  readonly pods: ActorRef<PodsMessage>;
  readonly request: StreamRequest;
  readonly reader: FrameReader;
  /** `false` when there is no room for the frame. */
  readonly send: (frame: StreamFrame) => boolean;
}

export interface StreamState {
  readonly order: FrameOrder<StreamFrame>;
  readonly abort: AbortController;
  /** What to begin when the first credit comes. */
  open: OpenEndpoint | undefined;
  session: ContainerSession | undefined;
  readonly output: StreamOutput;
  readonly input: StreamInput;
  size: { readonly width: number; readonly height: number } | undefined;
}

export type StreamContext = ActorContext<BoardStreamMessage>;

const findTimeoutMs = 5_000;
/** An opening that nobody wants any more is not acted on later. */
const beginTimeoutMs = 30_000;

/** One stream: what the container says, as fast as the reader takes it, and what it is told, as fast as it listens. */
export function boardStream(ports: BoardStreamPorts): Actor<StreamState, BoardStreamMessage> {
  return {
    inbox: { capacity: 512 },
    start(ctx) {
      lookFor(ports, ctx);
      return newState();
    },
    receive(state, message, ctx) {
      handle(state, message, ports, ctx);
      return state;
    },
    stopped(state) {
      state.abort.abort();
      state.session?.close();
      // Nobody waits for the iterator any more; an adapter that fails while letting go has nobody to tell.
      void state.output.chunks?.return?.().catch(() => undefined);
    },
  };
}

function lookFor({ pods, request }: BoardStreamPorts, ctx: StreamContext): void {
  const onTimeout = (): BoardStreamMessage => ({ type: 'not-found-in-time' });
  if (request.type === 'usage')
    return ctx.ask<PodsMessage, readonly ContainerView[]>(
      pods,
      (replyTo) => ({ type: 'find-running', replyTo }),
      {
        timeoutMs: findTimeoutMs,
        onReply: (running: readonly ContainerView[]): BoardStreamMessage => ({ type: 'running', running }),
        onTimeout,
      },
    );
  const { uid, container } = request;
  ctx.ask<PodsMessage, FoundContainer | undefined>(
    pods,
    (replyTo) => ({ type: 'find-container', uid, container, replyTo }),
    {
      timeoutMs: findTimeoutMs,
      onReply: (found: FoundContainer | undefined): BoardStreamMessage => ({ type: 'found', found }),
      onTimeout,
    },
  );
}

function newState(): StreamState {
  return {
    order: new FrameOrder(),
    abort: new AbortController(),
    open: undefined,
    session: undefined,
    output: { chunks: undefined, reading: false, exhausted: false, rest: undefined, creditBytes: 0 },
    input: { waiting: [], waitingCost: 0, writing: false, ended: false, uncredited: 0 },
    size: undefined,
  };
}

function handle(
  state: StreamState,
  message: BoardStreamMessage,
  ports: BoardStreamPorts,
  ctx: StreamContext,
): void {
  switch (message.type) {
    case 'in':
      return takePayload(state, message.payload, ports, ctx);
    case 'found':
      if (ports.request.type === 'usage') return;
      return chosen(state, chooseEndpoint(ports.request, message.found, ports), ports, ctx);
    case 'running':
      return chosen(state, usageEndpoint(message.running, ports.usage), ports, ctx);
    case 'not-found-in-time':
      return end({ error: { code: 503, message: 'the agent is busy' } }, ports, ctx);
    case 'opened':
      return opened(state, message.session, ports, ctx);
    case 'chunk':
      state.output.reading = false;
      state.output.rest = message.chunk;
      state.output.exhausted = message.chunk === undefined;
      return pump(state, ports, ctx);
    case 'written':
      state.input.writing = false;
      return writeNext(state, ports, ctx);
    case 'resized':
      return;
    case 'result':
      return end(message.end, ports, ctx);
    case 'failed':
      return end({ error: errorOf(message.error) }, ports, ctx);
  }
}

/** What is not of this stream's key is nobody's word, and changes nothing. */
function takePayload(
  state: StreamState,
  payload: Uint8Array,
  ports: BoardStreamPorts,
  ctx: StreamContext,
): void {
  const read = ports.reader.read(payload);
  if (!read.ok) return ctx.log('debug', 'a frame is refused', { reason: read.message });
  const frames = state.order.take(read.value.sequence, read.value.frame);
  if (!frames) return end({ error: { code: 400, message: 'too many frames are missing' } }, ports, ctx);
  for (const frame of frames) takeFrame(state, frame, ports, ctx);
}

function takeFrame(
  state: StreamState,
  frame: StreamFrame,
  ports: BoardStreamPorts,
  ctx: StreamContext,
): void {
  switch (frame.type) {
    case 'close':
      return ctx.stopSelf();
    case 'credit': {
      const { output } = state;
      output.creditBytes = Math.min(limits.streamCreditBytes, output.creditBytes + frame.bytes);
      begin(state, ctx);
      return pump(state, ports, ctx);
    }
    case 'resize':
      state.size = frame;
      return resize(state, ctx);
    case 'stdin':
    case 'stdin-end':
      if (!takeInput(state, frame))
        return end({ error: { code: 400, message: 'more was sent than asked for' } }, ports, ctx);
      return writeNext(state, ports, ctx);
    default:
      return;
  }
}

function chosen(state: StreamState, choice: Chosen, ports: BoardStreamPorts, ctx: StreamContext): void {
  if (!choice.ok) return end({ error: { code: choice.code, message: choice.message } }, ports, ctx);
  state.open = choice.open;
  if (!ports.send({ type: 'ready' })) return ctx.stopSelf();
  ctx.setTimer('begin', beginTimeoutMs, { type: 'not-found-in-time' });
}

/** Only now: the first credit proves that the order is not an old one that was kept back. */
function begin(state: StreamState, ctx: StreamContext): void {
  const { open } = state;
  if (!open) return;
  state.open = undefined;
  ctx.cancelTimer('begin');
  const opening = Promise.resolve(open(ctx.host.now(), state.abort.signal)).then((session) => {
    // It came too late for a stream that has stopped, which will hear of it no more.
    if (state.abort.signal.aborted) session.close();
    return session;
  });
  ctx.pipe(
    opening,
    (session): BoardStreamMessage => ({ type: 'opened', session }),
    (error): BoardStreamMessage => ({ type: 'failed', error }),
  );
}

function opened(
  state: StreamState,
  session: ContainerSession,
  ports: BoardStreamPorts,
  ctx: StreamContext,
): void {
  state.session = session;
  state.output.chunks = session.output[Symbol.asyncIterator]();
  resize(state, ctx);
  writeNext(state, ports, ctx);
  pump(state, ports, ctx);
}

function resize({ session, size }: StreamState, ctx: StreamContext): void {
  if (!session || !size) return;
  const done = (): BoardStreamMessage => ({ type: 'resized' });
  // A terminal of the wrong size is better than none.
  ctx.pipe(session.resize(size), done, done);
}

/** Sends what credit allows, then reads on. */
function pump(state: StreamState, ports: BoardStreamPorts, ctx: StreamContext): void {
  const { output, session } = state;
  if (!session) return;
  if (!sendOutput(output, ports.send)) return ctx.stopSelf();
  if (!output.chunks || output.rest || output.reading) return;
  output.reading = true;
  if (output.exhausted) return finish(session, ctx);
  ctx.pipe(
    output.chunks.next(),
    ({ done, value }): BoardStreamMessage => ({ type: 'chunk', chunk: done ? undefined : value }),
    (error): BoardStreamMessage => ({ type: 'failed', error }),
  );
}

function finish(session: ContainerSession, ctx: StreamContext): void {
  ctx.pipe(
    session.result(),
    (result): BoardStreamMessage => ({ type: 'result', end: result }),
    (error): BoardStreamMessage => ({ type: 'failed', error }),
  );
}

function end(streamEnd: StreamEnd, ports: BoardStreamPorts, ctx: StreamContext): void {
  ports.send({ type: 'end', end: streamEnd });
  ctx.stopSelf();
}

function errorOf(error: unknown): { readonly code: number; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4_000);
  return { code: error instanceof RuntimeError && error.reason === 'gone' ? 404 : 500, message };
}
