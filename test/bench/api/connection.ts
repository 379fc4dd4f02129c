import { connect, type TLSSocket } from 'node:tls';

/** Where a server is, and how to be let in. */
export interface Place {
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

export interface Request {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly accept?: string;
  readonly gzip?: boolean;
  readonly body?: string;
}

export interface Answered {
  readonly code: number;
  readonly bytes: number;
}

const headEnd = Buffer.from('\r\n\r\n');
/** Of an answer in chunks (RFC 9112 §7.1). */
const lastChunk = '\r\n0\r\n\r\n';

export function openSocket({ port, ca }: Place): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** The bytes of a request over HTTP/1.1, made without a library: the client should cost less than what is measured. */
export function requestText({ token }: Place, request: Request): string {
  const { method = 'GET', path, accept = 'application/json', gzip = false, body } = request;
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const about = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
  const packed = gzip ? 'Accept-Encoding: gzip\r\n' : '';
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nAccept: ${accept}\r\n`;
  return `${head}${packed}${about}\r\n${body ?? ''}`;
}

/** One connection that is kept, with one request at a time. Bodies of answers are counted and dropped. */
export class KeptConnection {
  readonly #place: Place;
  readonly #socket: TLSSocket;
  #waiting: { resolve(answered: Answered): void; reject(error: Error): void } | undefined;
  #head: Buffer = Buffer.alloc(0);
  #code = 0;
  #expected = -1;
  #received = 0;
  /** Of an answer in chunks, what came last. */
  #tail: string | undefined;

  static async open(place: Place): Promise<KeptConnection> {
    return new KeptConnection(place, await openSocket(place));
  }

  private constructor(place: Place, socket: TLSSocket) {
    this.#place = place;
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server ended the connection')));
  }

  /** @throws Error when the connection ends before the answer is whole */
  ask(request: Request): Promise<Answered> {
    this.#head = Buffer.alloc(0);
    this.#expected = -1;
    this.#received = 0;
    this.#tail = undefined;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(requestText(this.#place, request));
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#expected < 0) {
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf(headEnd);
      if (end < 0) return;
      const head = this.#head.toString('latin1', 0, end);
      this.#code = Number(head.slice(9, 12));
      const isChunked = /^transfer-encoding: chunked/im.test(head);
      if (isChunked) this.#tail = '';
      this.#expected = isChunked
        ? Number.POSITIVE_INFINITY
        : Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.NaN);
      this.#received = this.#head.length - end - headEnd.length;
    } else this.#received += chunk.length;
    if (Number.isNaN(this.#expected))
      return this.#waiting?.reject(new Error('an answer does not say how long it is'));
    if (this.#tail !== undefined)
      this.#tail = (
        this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - lastChunk.length))
      ).slice(-lastChunk.length);
    if (this.#received < this.#expected && this.#tail !== lastChunk) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ code: this.#code, bytes: this.#received });
  }
}
