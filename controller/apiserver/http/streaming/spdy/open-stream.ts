import type { Headers } from './headers.ts';
import { pieceCost, type SpdyStream, type StreamReader } from './stream.ts';

/** What a stream does to its connection. */
export interface StreamWriter {
  readonly write: (bytes: Uint8Array, fin: boolean, sent?: () => void) => void;
  readonly reset: () => void;
  /** @param cost of the piece, by `pieceCost` */
  readonly taken: (cost: number) => void;
  /** Both sides are done with it. */
  readonly over: () => void;
}

type Event =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'reset' };

/** A stream from its opening to the end of both directions. */
export class OpenStream implements SpdyStream {
  readonly headers: Headers;
  readonly #writer: StreamWriter;
  /** What came before anybody read. */
  readonly #early: Event[] = [];
  #reader: StreamReader | undefined;
  #readEnded = false;
  #writeEnded = false;
  #over = false;

  constructor(headers: Headers, writer: StreamWriter) {
    this.headers = headers;
    this.#writer = writer;
  }

  read(reader: StreamReader): void {
    this.#reader = reader;
    for (let event = this.#early.shift(); event; event = this.#early.shift()) this.#tell(event);
  }

  write(bytes: Uint8Array, sent?: () => void): void {
    if (this.#writeEnded) sent?.();
    else this.#writer.write(bytes, false, sent);
  }

  end(): void {
    if (this.#writeEnded) return;
    this.#writeEnded = true;
    this.#writer.write(new Uint8Array(0), true);
    if (this.#readEnded) this.#finish();
  }

  reset(): void {
    if (this.#over) return;
    this.#writeEnded = true;
    this.#writer.reset();
    this.#finish();
  }

  takeBytes(bytes: Uint8Array): void {
    if (this.#readEnded) this.#writer.taken(pieceCost(bytes));
    else this.#tell({ type: 'bytes', bytes });
  }

  takeEnd(): void {
    if (this.#readEnded) return;
    this.#readEnded = true;
    this.#tell({ type: 'end' });
    if (this.#writeEnded) this.#finish();
  }

  takeReset(): void {
    if (this.#over) return;
    this.#readEnded = true;
    this.#writeEnded = true;
    this.#tell({ type: 'reset' });
    this.#finish();
  }

  #tell(event: Event): void {
    const reader = this.#reader;
    if (!reader) this.#early.push(event);
    else if (event.type === 'bytes') reader.onBytes(event.bytes, this.#takenOnce(pieceCost(event.bytes)));
    else if (event.type === 'end') reader.onEnd();
    else reader.onReset();
  }

  #takenOnce(cost: number): () => void {
    let left = cost;
    return () => {
      if (left > 0) this.#writer.taken(left);
      left = 0;
    };
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const event of this.#early) if (event.type === 'bytes') this.#writer.taken(pieceCost(event.bytes));
    this.#writer.over();
  }
}
