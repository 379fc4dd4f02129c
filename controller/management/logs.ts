import type { LogOptions, LogSink, LogsPort } from '../apiserver/http/ports.ts';
import { failure } from '../apiserver/status.ts';
import { streamFailure } from '../apiserver/stream-failure.ts';
import type { FleetStreams, StreamSink } from '../fleet/streams.ts';

/** Containers' logs over the streams of their boards. */
export function logsOverStreams(streams: () => FleetStreams | undefined, streamId: () => string): LogsPort {
  return {
    open(pod, container, options, sink) {
      const id = streamId();
      const request = { type: 'logs' as const, uid: pod.uid, container, ...given(options) };
      const begin = () => void streams()?.send({ type: 'begin', id });
      const message = { type: 'open' as const, id, node: pod.node, request, sink: streamSink(sink, begin) };
      if (!streams()?.send(message)) sink.onEnd(failure(503, 'ServiceUnavailable', 'too much is under way'));
      return () => void streams()?.send({ type: 'close', id });
    },
  };
}

function given({ follow, previous, timestamps, ...optional }: LogOptions) {
  const { tailLines, sinceSeconds, sinceTime, limitBytes } = optional;
  return {
    follow,
    previous,
    timestamps,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

function streamSink(sink: LogSink, begin: () => void): StreamSink {
  return {
    onReady: begin,
    onBytes: sink.onData,
    onEnd: ({ error }) => sink.onEnd(error && streamFailure(error)),
  };
}
