import type { StreamEnd, StreamRequest } from '@bramble/protocol/messages/streams.ts';
import type { FrameReader, FrameWriter } from '@bramble/protocol/streams.ts';

/** Who reads and writes a stream. All are called in the actor's turn, and must only pass on. */
export interface StreamSink {
  /** The board found what was asked for; nothing happens there before `begin`. */
  readonly onReady: () => void;
  /** `taken` is called when the reader has had the bytes: only then the board may send as many again. */
  readonly onBytes: (bytes: Uint8Array, taken: () => void, channel: 'stdout' | 'stderr') => void;
  /** Once, last. `error` when it did not end by itself; `code` as in HTTP. */
  readonly onEnd: (end: StreamEnd) => void;
}

export interface StreamInput {
  readonly bytes: Uint8Array;
  /** Called when they are on their way, or never will be. */
  readonly taken: () => void;
}

export interface Stream {
  readonly id: string;
  readonly node: string;
  readonly kind: StreamRequest['type'];
  readonly topic: string;
  readonly sink: StreamSink;
  readonly writer: FrameWriter;
  readonly reader: FrameReader;
  nextSequence: number;
  phase: 'opening' | 'ready' | 'begun';
  /** Costs of what the reader took since the last credit was given. */
  uncredited: number;
  /** What the board may still send, and what may still be sent to it. */
  credit: number;
  inputCredit: number;
  readonly input: StreamInput[];
  inputEnded: boolean;
  inputEndTold: boolean;
  /** Monotonic milliseconds at which anything moved last. */
  movedAtMs: number;
}

export interface StreamError {
  readonly code: number;
  readonly message: string;
}
