import type { ByteChannel, OpenChannel } from '../byte-channel.ts';
import { dataFrame, FrameDecoder, pingFrame, resetFrame, type SpdyFrame, synReplyFrame } from './frames.ts';
import { HeaderReader, HeaderWriter } from './headers.ts';
import { OpenStream } from './open-stream.ts';
import { pieceCost, type SpdyStream } from './stream.ts';

export interface SessionReader {
  readonly onStream: (stream: SpdyStream) => void;
  /** Once, last: the connection is gone. */
  readonly onClose: () => void;
}

/** What may wait for the streams' users, of all streams together: SPDY's clients know no other flow control. */
const mostWaiting = 262_144;
const mostStreams = 512;
const refused = 3;
const cancelled = 5;

/** The server's side of SPDY/3.1, as far as Kubernetes' clients use it: they open streams, and the server answers. */
export class SpdySession {
  readonly #channel: ByteChannel;
  readonly #reader: SessionReader;
  readonly #decoder = new FrameDecoder();
  readonly #headerReader = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, OpenStream>();
  readonly #frames: SpdyFrame[] = [];
  #working = false;
  #waiting = 0;
  #paused = false;
  #lastId = 0;
  #closed = false;

  constructor(open: OpenChannel, reader: SessionReader) {
    this.#reader = reader;
    this.#channel = open({ onBytes: (bytes) => this.#take(bytes), onClose: () => this.#close() });
  }

  end(): void {
    this.#channel.end();
  }

  /** For a user that bounds what waits by itself. */
  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    if (!this.#paused) this.#channel.resume();
  }

  #take(bytes: Uint8Array): void {
    const { frames, fault } = this.#decoder.read(bytes);
    for (const frame of frames) {
      if (frame.type === 'data') this.#wait(pieceCost(frame.bytes));
      this.#frames.push(frame);
    }
    void this.#work().then(() => fault !== undefined && this.#channel.end());
  }

  /** One frame after another: headers are read in a thread of zlib's, and what follows them must wait. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#frames.shift(); next && !this.#closed; next = this.#frames.shift())
        if (next.type === 'syn-stream' || next.type === 'headers') await this.#takeHeaders(next);
        else this.#takeFrame(next);
    } catch {
      // The state of the compression is lost, and with it every stream to come.
      this.#frames.length = 0;
      this.#channel.end();
    } finally {
      this.#working = false;
    }
  }

  async #takeHeaders(frame: Extract<SpdyFrame, { type: 'syn-stream' | 'headers' }>): Promise<void> {
    const headers = await this.#headerReader.read(frame.block);
    if (this.#closed) return;
    if (frame.type === 'headers') return frame.fin ? this.#streams.get(frame.stream)?.takeEnd() : undefined;
    const { stream: id } = frame;
    // Only a client's numbers, each once (§2.3.2).
    if (id % 2 === 0 || id <= this.#lastId || this.#streams.size >= mostStreams)
      return this.#channel.send(resetFrame(id, refused));
    this.#lastId = id;
    const stream = new OpenStream(headers, {
      write: (bytes, fin, sent) => this.#channel.send(dataFrame(id, bytes, fin), sent),
      reset: () => this.#channel.send(resetFrame(id, cancelled)),
      taken: (cost) => this.#wait(-cost),
      over: () => void this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    this.#channel.send(synReplyFrame(id, this.#headerWriter.empty()));
    this.#reader.onStream(stream);
    if (frame.fin) stream.takeEnd();
  }

  #takeFrame(frame: Exclude<SpdyFrame, { type: 'syn-stream' | 'headers' }>): void {
    if (frame.type === 'ping') {
      // An even number would be the answer to a ping of ours, of which there are none.
      if (frame.id % 2 === 1) this.#channel.send(pingFrame(frame.id));
    } else if (frame.type === 'reset') this.#streams.get(frame.stream)?.takeReset();
    else if (frame.type === 'data') this.#takeData(frame);
  }

  #takeData({ stream: id, bytes, fin }: Extract<SpdyFrame, { type: 'data' }>): void {
    const stream = this.#streams.get(id);
    if (!stream) return this.#wait(-pieceCost(bytes));
    if (bytes.length > 0) stream.takeBytes(bytes);
    if (fin) stream.takeEnd();
  }

  /** A stream whose user is slow stops the whole connection, as in Kubernetes; not the board's other streams. */
  #wait(cost: number): void {
    this.#waiting += cost;
    if (!this.#paused && this.#waiting > mostWaiting) {
      this.#paused = true;
      this.#channel.pause();
    } else if (this.#paused && this.#waiting <= mostWaiting / 2) {
      this.#paused = false;
      this.#channel.resume();
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#headerReader.close();
    for (const stream of [...this.#streams.values()]) stream.takeReset();
    this.#streams.clear();
    this.#reader.onClose();
  }
}
