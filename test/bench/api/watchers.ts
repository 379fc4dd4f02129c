import type { TLSSocket } from 'node:tls';
import { openSocket, type Place, requestText } from './connection.ts';
import { type Delays, delaysOf } from './delays.ts';

const atOnce = 25;
const mark = Buffer.from('"sent":"');
const markEnd = '"'.charCodeAt(0);

export interface Heard {
  readonly events: number;
  /** From the writer's request to the watcher's process. */
  readonly delays: Delays;
  readonly bytes: number;
}

/** Many connections with a watch on each. Events are found by the moment in them; nothing is parsed. */
export class Watchers {
  readonly #sockets: TLSSocket[] = [];
  #delays: number[] = [];
  #bytes = 0;
  #ended = 0;

  async open(place: Place, path: string, count: number): Promise<void> {
    for (let from = 0; from < count; from += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - from) }, () => this.#openOne(place, path));
      await Promise.all(some);
    }
    this.reset();
  }

  /** Resolves with all that was heard since the last call once it is as much as expected, or nothing comes any more. */
  async heard(expected: number, quietMs: number): Promise<Heard> {
    let before = -1;
    while (this.#delays.length < expected && this.#delays.length > before) {
      before = this.#delays.length;
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    }
    if (this.#ended > 0) throw new Error(`${this.#ended} watches were ended by the server`);
    const heard = { events: this.#delays.length, delays: delaysOf(this.#delays), bytes: this.#bytes };
    this.reset();
    return heard;
  }

  reset(): void {
    this.#delays = [];
    this.#bytes = 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy();
  }

  async #openOne(place: Place, path: string): Promise<void> {
    const socket = await openSocket(place);
    this.#sockets.push(socket);
    socket.write(requestText(place, { path }));
    await new Promise<void>((resolve, reject) => {
      socket.once('data', (head: Buffer) => {
        if (head.toString('latin1', 9, 12) === '200') resolve();
        else reject(new Error(`a watch was refused: ${head.toString('latin1', 0, 200)}`));
      });
    });
    socket.once('close', () => {
      this.#ended += 1;
    });
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = this.#hear(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
    });
  }

  /** Answers what may be the beginning of a mark. */
  #hear(bytes: Buffer): Buffer {
    const now = performance.timeOrigin + performance.now();
    this.#bytes += bytes.length;
    let from = 0;
    for (;;) {
      const found = bytes.indexOf(mark, from);
      if (found < 0) break;
      const end = bytes.indexOf(markEnd, found + mark.length);
      if (end < 0) return bytes.subarray(found);
      this.#delays.push(now - Number(bytes.toString('latin1', found + mark.length, end)));
      from = end;
    }
    return bytes.subarray(Math.max(from, bytes.length - mark.length + 1));
  }
}
