import type { ContainerRequest, StreamEnd } from '@bramble/protocol/messages/streams.ts';

/** The way into containers: a stream to the board that runs them. */
export interface BoardStreams {
  open(node: string, request: ContainerRequest, sink: BoardStreamSink): BoardStream;
}

export interface BoardStreamSink {
  /** The board found what was asked for, and waits for `begin`. */
  readonly onReady: () => void;
  /** `taken` is called when the client has had the bytes: until then, no more than a stream's credit comes. */
  readonly onBytes: (bytes: Uint8Array, taken: () => void, channel: 'stdout' | 'stderr') => void;
  /** Once, last; not after `close`. */
  readonly onEnd: (end: StreamEnd) => void;
}

export interface BoardStream {
  begin(): void;
  /** `taken` is called when the bytes are on their way: no more than some should be handed in before. */
  write(bytes: Uint8Array, taken: () => void): void;
  endInput(): void;
  resize(size: TerminalSize): void;
  close(): void;
}

/** In characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}
