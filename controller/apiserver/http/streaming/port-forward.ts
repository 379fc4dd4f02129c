import type { PortForwardRequest } from '@bramble/protocol/messages/streams.ts';
import type { OpenChannel } from './byte-channel.ts';
import type { BoardStream, BoardStreams } from './ports.ts';
import { SpdySession } from './spdy/session.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** The protocol inside SPDY: for each connection a stream for its data, and one for what went wrong. */
export const portForwardProtocol = 'portforward.k8s.io';
/** SPDY in the messages of a WebSocket, as kubectl does by default since 1.31. */
export const tunnelProtocol = `SPDY/3.1+${portForwardProtocol}`;

export interface ForwardTarget {
  readonly node: string;
  readonly uid: string;
  readonly container: string;
}

interface Pair {
  readonly data?: SpdyStream;
  readonly error?: SpdyStream;
}

/** Pairs of which one half has come. */
const mostHalves = 64;

/** Serves the connections that a client forwards, each by a stream of its own to the board. */
export function forwardPorts(
  open: OpenChannel,
  streams: BoardStreams,
  target: ForwardTarget,
  /** Throws when this user has too many streams open; else returns what is called at the end of this one. */
  enter: () => () => void,
): void {
  const halves = new Map<string, Pair>();
  new SpdySession(open, {
    onStream(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      const id = stream.headers.get('requestid') ?? '';
      const before = halves.get(id);
      if ((type !== 'data' && type !== 'error') || before?.[type] || halves.size >= mostHalves)
        return stream.reset();
      const pair = { ...before, [type]: stream };
      halves.delete(id);
      if (pair.data && pair.error) forward(pair.data, pair.error, streams, target, enter);
      else halves.set(id, pair);
    },
    onClose: () => halves.clear(),
  });
}

function forward(
  data: SpdyStream,
  error: SpdyStream,
  streams: BoardStreams,
  target: ForwardTarget,
  enter: () => () => void,
): void {
  const port = Number(data.headers.get('port'));
  const fail = (message: string): void => {
    error.write(Buffer.from(message));
    data.end();
    error.end();
  };
  error.read({ onBytes: (_bytes, taken) => taken(), onEnd: () => {}, onReset: () => {} });
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return fail('the port is no number from 1 to 65535');
  try {
    connect(data, error, fail, streams, { ...target, port }, enter());
  } catch (refusal) {
    fail(refusal instanceof Error ? refusal.message : String(refusal));
  }
}

function connect(
  data: SpdyStream,
  error: SpdyStream,
  fail: (message: string) => void,
  streams: BoardStreams,
  { node, uid, container, port }: ForwardTarget & { readonly port: number },
  leave: () => void,
): void {
  const request: PortForwardRequest = { type: 'port-forward', uid, container, port };
  let board: BoardStream | undefined;
  board = streams.open(node, request, {
    onReady: () => queueMicrotask(() => board?.begin()),
    onBytes: (bytes, taken) => data.write(bytes, taken),
    onEnd(end) {
      leave();
      if (end.error) return fail(end.error.message);
      data.end();
      error.end();
    },
  });
  const gone = (): void => {
    leave();
    board?.close();
    error.end();
  };
  data.read({
    onBytes: (bytes, taken) => (board ? board.write(bytes, taken) : taken()),
    onEnd: () => board?.endInput(),
    onReset: gone,
  });
}
