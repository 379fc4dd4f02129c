import { Agent, request } from 'node:https';
import type { Duplex } from 'node:stream';
import type { RunningServer } from '../../../testing/running-server.ts';

/** What came of a request for another protocol: the connection, or an answer in HTTP. */
export interface Upgraded {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back.
  readonly json?: any;
  readonly socket?: Duplex;
}

const websocket = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

export function upgradeTo(
  server: RunningServer,
  path: string,
  { token = 'token-edit', ...headers }: Readonly<Record<string, string>>,
): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, {
      ca: server.caPem,
      agent: new Agent({ keepAlive: false }),
      headers: { authorization: `Bearer ${token}`, connection: 'Upgrade', ...websocket, ...headers },
    });
    sent.on('error', reject);
    sent.on('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      socket.on('error', () => {});
      resolve({ code: response.statusCode ?? 0, headers: response.headers, socket });
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const json = text.startsWith('{') ? JSON.parse(text) : undefined;
        resolve({ code: response.statusCode ?? 0, headers: response.headers, json });
      });
    });
    sent.end();
  });
}

/** A client's end of a WebSocket, of short messages only (RFC 6455 §5.2). */
export class Client {
  readonly socket: Duplex;
  /** Binary messages so far. */
  readonly messages: Buffer[] = [];
  closeCode: number | undefined;
  closed = false;
  #rest = Buffer.alloc(0);

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      while (this.#frame());
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }

  send(bytes: Uint8Array | readonly number[], opcode = 2): void {
    const body = Buffer.from(bytes);
    const long = body.length > 125;
    const head = Buffer.alloc(long ? 8 : 6);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (long ? 126 : body.length);
    if (long) head.writeUInt16BE(body.length, 2);
    // A mask of zeros leaves the bytes as they are.
    this.socket.write(Buffer.concat([head, body]));
  }

  /** What came on a channel, put together. */
  text(channel: number): string {
    return this.messages
      .filter((message) => message[0] === channel)
      .map((message) => message.subarray(1).toString())
      .join('');
  }

  /** Answers a close frame with one, as it should (RFC 6455 §5.5.1). */
  #close(body: Buffer): void {
    this.closeCode = body.readUInt16BE(0);
    this.send(body, 8);
    this.socket.end();
  }

  #frame(): boolean {
    const rest = this.#rest;
    const short = (rest[1] ?? 0) & 0x7f;
    const headBytes = short === 126 ? 4 : 2;
    if (rest.length < headBytes) return false;
    const length = short === 126 ? rest.readUInt16BE(2) : short;
    if (rest.length < headBytes + length) return false;
    const body = rest.subarray(headBytes, headBytes + length);
    const opcode = (rest[0] ?? 0) & 0x0f;
    if (opcode === 2) this.messages.push(Buffer.from(body));
    if (opcode === 8) this.#close(body);
    this.#rest = rest.subarray(headBytes + length);
    return true;
  }
}
