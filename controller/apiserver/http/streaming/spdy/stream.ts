import type { Headers } from './headers.ts';

/** What a stream's user hears. */
export interface StreamReader {
  /** `taken` gives room for as many more bytes of the whole connection. */
  readonly onBytes: (bytes: Uint8Array, taken: () => void) => void;
  /** The client will send no more. */
  readonly onEnd: () => void;
  /** The client wants nothing of it any more, or the connection is gone. */
  readonly onReset: () => void;
}

/** What a piece counts for while it waits: many small ones take more room than their bytes. */
export function pieceCost(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : Math.max(bytes.length, 256);
}

/** One stream that a client opened. */
export interface SpdyStream {
  readonly headers: Headers;
  /** Takes over from the moment it is called; what came before is told then. */
  read(reader: StreamReader): void;
  write(bytes: Uint8Array, sent?: () => void): void;
  /** Nothing more is written. */
  end(): void;
  reset(): void;
}
