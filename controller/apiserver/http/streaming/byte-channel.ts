/** Bytes both ways, however they travel: a connection that was upgraded, or the messages of a WebSocket. */
export interface ByteChannel {
  /** `sent` is called when the client's side of the connection has taken them, or never will. */
  send(bytes: Uint8Array, sent?: () => void): void;
  /** Nothing comes until `resume`; a little may be under way. */
  pause(): void;
  resume(): void;
  /** Ends in order, after what was sent. */
  end(): void;
}

export interface ByteReader {
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Once, last, whoever ended it. */
  readonly onClose: () => void;
}

export type OpenChannel = (reader: ByteReader) => ByteChannel;
