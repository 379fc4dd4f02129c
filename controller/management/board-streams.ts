import type { BoardStreams } from '../apiserver/http/streaming/ports.ts';
import type { FleetStreams } from '../fleet/streams.ts';

/** Commands and forwarded ports over the streams of their boards. */
export function boardStreams(streams: () => FleetStreams | undefined, streamId: () => string): BoardStreams {
  return {
    open(node, request, sink) {
      const id = streamId();
      if (!streams()?.send({ type: 'open', id, node, request, sink }))
        sink.onEnd({ error: { code: 503, message: 'too much is under way' } });
      return {
        begin: () => void streams()?.send({ type: 'begin', id }),
        write(bytes, taken) {
          if (streams()?.send({ type: 'input', id, bytes, taken })) return;
          // A stream with a hole in it is worse than none.
          streams()?.send({ type: 'close', id });
          sink.onEnd({ error: { code: 503, message: 'too much is under way' } });
        },
        endInput: () => void streams()?.send({ type: 'input-end', id }),
        resize: (size) => void streams()?.send({ type: 'resize', id, ...size }),
        close: () => void streams()?.send({ type: 'close', id }),
      };
    },
  };
}
