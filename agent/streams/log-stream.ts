import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest, StreamEnd, StreamIn } from '@bramble/protocol/messages/streams.ts';
import { encodeStreamOut } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import { type ContainerRuntime, type LogChunk, RuntimeError } from '../runtime/port.ts';
import { FrameOrder } from './frame-order.ts';
import { logOptions, logSource } from './log-source.ts';

export type LogStreamMessage =
  | { readonly type: 'in'; readonly frame: StreamIn }
  | { readonly type: 'found'; readonly found: FoundContainer | undefined }
  | { readonly type: 'not-found-in-time' }
  | { readonly type: 'chunk'; readonly chunk: LogChunk | undefined }
  | { readonly type: 'failed'; readonly error: unknown };

export interface LogStreamPorts {
  readonly runtime: Pick<ContainerRuntime, 'logs'>;
  readonly pods: ActorRef<PodsMessage>;
  readonly request: LogsRequest;
  readonly send: (frame: Uint8Array) => void;
}

interface State {
  readonly order: FrameOrder;
  readonly abort: AbortController;
  chunks: AsyncIterator<LogChunk> | undefined;
  reading: boolean;
  exhausted: boolean;
  /** What was read and may not be sent yet. At most one chunk: the next is asked for when it is gone. */
  rest: LogChunk | undefined;
  creditBytes: number;
  leftBytes: number;
  sequence: number;
}

type Context = ActorContext<LogStreamMessage>;

const findTimeoutMs = 5_000;

/** The logs of one container, as fast as the reader takes them. */
export function logStream(ports: LogStreamPorts): Actor<State, LogStreamMessage> {
  return {
    inbox: { capacity: 256 },
    start(ctx) {
      const { uid, container, limitBytes } = ports.request;
      ctx.ask<PodsMessage, FoundContainer | undefined>(
        ports.pods,
        (replyTo) => ({ type: 'find-container', uid, container, replyTo }),
        {
          timeoutMs: findTimeoutMs,
          onReply: (found: FoundContainer | undefined): LogStreamMessage => ({ type: 'found', found }),
          onTimeout: (): LogStreamMessage => ({ type: 'not-found-in-time' }),
        },
      );
      return {
        order: new FrameOrder(),
        abort: new AbortController(),
        chunks: undefined,
        reading: false,
        exhausted: false,
        rest: undefined,
        creditBytes: limits.streamCreditBytes,
        leftBytes: limitBytes ?? Number.POSITIVE_INFINITY,
        sequence: 0,
      };
    },
    receive(state, message, ctx) {
      handle(state, message, ports, ctx);
      return state;
    },
    stopped(state) {
      state.abort.abort();
      // Nobody waits for the iterator any more; an adapter that fails while letting go has nobody to tell.
      void state.chunks?.return?.().catch(() => undefined);
    },
  };
}

function handle(state: State, message: LogStreamMessage, ports: LogStreamPorts, ctx: Context): void {
  switch (message.type) {
    case 'in':
      return takeFrames(state, message.frame, ports, ctx);
    case 'found':
      return open(state, message.found, ports, ctx);
    case 'not-found-in-time':
      return end(state, { error: { code: 503, message: 'the agent is busy' } }, ports, ctx);
    case 'chunk':
      state.reading = false;
      state.rest = message.chunk;
      state.exhausted = message.chunk === undefined;
      return pump(state, ports, ctx);
    case 'failed':
      return end(state, { error: errorOf(message.error) }, ports, ctx);
  }
}

function takeFrames(state: State, frame: StreamIn, ports: LogStreamPorts, ctx: Context): void {
  const frames = state.order.take(frame);
  if (!frames)
    return end(state, { error: { code: 400, message: 'too many frames are missing' } }, ports, ctx);
  for (const next of frames) {
    if (next.type === 'close') return ctx.stopSelf();
    if (next.type === 'credit')
      state.creditBytes = Math.min(limits.streamCreditBytes, state.creditBytes + next.bytes);
  }
  pump(state, ports, ctx);
}

function open(state: State, found: FoundContainer | undefined, ports: LogStreamPorts, ctx: Context): void {
  const source = logSource(ports.request, found);
  if (!source.ok) return end(state, { error: { code: source.code, message: source.message } }, ports, ctx);
  const options = logOptions(ports.request, ctx.host.now());
  state.chunks = ports.runtime.logs(source.id, options, state.abort.signal)[Symbol.asyncIterator]();
  pump(state, ports, ctx);
}

/** Sends what credit allows, then reads on. */
function pump(state: State, ports: LogStreamPorts, ctx: Context): void {
  while (state.rest && state.creditBytes > 0 && state.leftBytes > 0) sendPart(state, state.rest, ports);
  if (state.leftBytes <= 0 || (state.exhausted && !state.rest)) return end(state, {}, ports, ctx);
  if (!state.chunks || state.rest || state.reading || state.exhausted) return;
  state.reading = true;
  ctx.pipe(
    state.chunks.next(),
    ({ done, value }): LogStreamMessage => ({ type: 'chunk', chunk: done ? undefined : value }),
    (error): LogStreamMessage => ({ type: 'failed', error }),
  );
}

function sendPart(state: State, { stream, bytes }: LogChunk, ports: LogStreamPorts): void {
  const size = Math.min(bytes.length, limits.streamFrameBytes, state.creditBytes, state.leftBytes);
  if (size > 0) {
    const part = bytes.subarray(0, size);
    ports.send(encodeStreamOut({ type: stream, sequence: state.sequence, bytes: part }));
    state.sequence += 1;
    state.creditBytes -= size;
    state.leftBytes -= size;
  }
  state.rest = size < bytes.length ? { stream, bytes: bytes.subarray(size) } : undefined;
}

function end(state: State, streamEnd: StreamEnd, ports: LogStreamPorts, ctx: Context): void {
  ports.send(encodeStreamOut({ type: 'end', sequence: state.sequence, end: streamEnd }));
  ctx.stopSelf();
}

function errorOf(error: unknown): { readonly code: number; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4_000);
  return { code: error instanceof RuntimeError && error.reason === 'gone' ? 404 : 500, message };
}
