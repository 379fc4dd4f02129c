import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** One WebSocket (RFC 6455) from the server's side. Pings are answered by themselves. */
export interface WebSocketConnection {
  /** As one binary message. `sent` is called when the kernel has taken it, or never will. */
  send(bytes: Uint8Array, sent?: () => void): void;
  /** No messages come until `resume`; what was read already may still. */
  pause(): void;
  resume(): void;
  /** Says unasked that this side lives: a client whose pings wait behind a pause does not take it for dead. */
  pong(): void;
  /** @param code such as 1000, for an end in order (RFC 6455 §7.4.1) */
  close(code: number, reason: string): void;
}

export interface WebSocketReader {
  readonly onMessage: (bytes: Uint8Array) => void;
  /** Once, last, whoever closed it. */
  readonly onClose: () => void;
}

export interface WebSocketAnswer {
  /** One of those that the client offered. */
  readonly protocol: string;
  readonly largestMessageBytes: number;
}

const server = (answer: WebSocketAnswer): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: answer.largestMessageBytes,
  });

/** Completes the handshake. A request that is none is refused, and the connection ended, in which case nothing is opened. */
export function acceptWebSocket(
  upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  answer: WebSocketAnswer,
  open: (connection: WebSocketConnection) => WebSocketReader,
): void {
  const { request, socket, head } = upgrade;
  // `SPDY/3.1+portforward.k8s.io` is no token, and so no subprotocol to the library (RFC 6455 §4.1).
  delete request.headers['sec-websocket-protocol'];
  const accepting = server(answer);
  accepting.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${answer.protocol}`));
  accepting.handleUpgrade(request, socket, head, (webSocket) => {
    const { onMessage, onClose } = open(connectionOf(webSocket));
    webSocket.on('message', (data) => onMessage(bytesOf(data)));
    webSocket.on('close', onClose);
    // A peer that breaks the protocol is disconnected by the library, which `close` tells.
    webSocket.on('error', () => {});
  });
}

function connectionOf(webSocket: WebSocket): WebSocketConnection {
  return {
    send(bytes, sent = () => {}) {
      if (webSocket.readyState !== webSocket.OPEN) sent();
      else webSocket.send(bytes, { binary: true }, () => sent());
    },
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    pong() {
      if (webSocket.readyState === webSocket.OPEN) webSocket.pong(undefined, false, () => {});
    },
    close: (code, reason) => webSocket.close(code, reason.slice(0, 120)),
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
