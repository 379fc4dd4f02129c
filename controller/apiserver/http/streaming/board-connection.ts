import type { ContainerRequest, StreamEnd } from '@bramble/protocol/messages/streams.ts';
import { StatusError } from '../../status.ts';
import { streamFailure } from '../../stream-failure.ts';
import type { BoardStream, BoardStreamSink, BoardStreams } from './ports.ts';

/** A stream whose board has answered that it is ready. */
export interface ReadyStream {
  readonly board: BoardStream;
  /** From now on, what the board says goes there. To be called once, in the same turn or any later one. */
  listen(sink: Pick<BoardStreamSink, 'onBytes' | 'onEnd'>): void;
}

/** Resolves when the board has found what is asked for. @throws StatusError that says why it cannot be had */
export function connectBoard(
  streams: BoardStreams,
  node: string,
  request: ContainerRequest,
  /** Called with what lets go of the stream, for a client that goes meanwhile. */
  opened: (close: () => void) => void,
): Promise<ReadyStream> {
  return new Promise((resolve, reject) => {
    let sink: Pick<BoardStreamSink, 'onBytes' | 'onEnd'> | undefined;
    let early: StreamEnd | undefined;
    let ready = false;
    const board = streams.open(node, request, {
      onReady() {
        ready = true;
        // An adapter may answer before `open` has returned.
        queueMicrotask(() => resolve({ board, listen }));
      },
      onBytes: (bytes, taken, channel) => (sink ? sink.onBytes(bytes, taken, channel) : taken()),
      onEnd(end) {
        if (!ready)
          return reject(
            new StatusError(streamFailure(end.error ?? { code: 500, message: 'it ended at once' })),
          );
        early = end;
        sink?.onEnd(end);
      },
    });
    opened(() => board.close());
    function listen(listener: Pick<BoardStreamSink, 'onBytes' | 'onEnd'>): void {
      sink = listener;
      if (early) listener.onEnd(early);
    }
  });
}
