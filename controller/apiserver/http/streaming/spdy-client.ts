import type { Host } from '@bramble/actors/host.ts';
import type { OpenChannel } from './byte-channel.ts';
import { type CommandClient, type CommandReader, readSize } from './command-client.ts';
import { SpdySession } from './spdy/session.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** What older clients call the protocol of a command over SPDY, newest first. */
export const spdyCommandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export interface SpdyChannels {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

type Streams = ReadonlyMap<string, SpdyStream>;

/** A client opens its streams one after another, each upon the answer to the one before. */
const streamsMs = 30_000;
/** One size of a terminal; many may come in one piece. */
const sizeCharacters = 4_096;

/** Waits until the client has opened the streams of all its channels, then calls `start` with them. */
export function acceptSpdyClient(
  open: OpenChannel,
  wanted: SpdyChannels,
  host: Pick<Host, 'timer'>,
  start: (client: CommandClient) => CommandReader,
  closed: () => void,
): void {
  const names = namesOf(wanted);
  const streams = new Map<string, SpdyStream>();
  let reader: CommandReader | undefined;
  const session = new SpdySession(open, {
    onStream(stream) {
      const name = stream.headers.get('streamtype') ?? '';
      if (!names.has(name) || streams.has(name)) return stream.reset();
      streams.set(name, stream);
      if (streams.size < names.size) return;
      cancel();
      reader = start(spdyClient(session, streams));
      listen(streams, reader);
    },
    onClose() {
      cancel();
      reader?.onClose();
      closed();
    },
  });
  const cancel = host.timer(streamsMs, () => session.end());
}

function namesOf({ stdin, stdout, stderr, tty }: SpdyChannels): ReadonlySet<string> {
  const all = { error: true, stdin, stdout, stderr, resize: tty };
  return new Set(
    Object.entries(all)
      .filter(([, wanted]) => wanted)
      .map(([name]) => name),
  );
}

/** The connection bounds what waits by itself: each piece of input is given back when the board has taken it. */
function spdyClient(session: SpdySession, streams: Streams): CommandClient {
  return {
    output(channel, bytes, sent) {
      const stream = streams.get(channel);
      if (stream) stream.write(bytes, sent);
      else sent();
    },
    finish(status) {
      streams.get('error')?.write(Buffer.from(JSON.stringify(status)));
      for (const stream of streams.values()) stream.end();
      session.end();
    },
    pause: () => session.pause(),
    resume: () => session.resume(),
  };
}

function listen(streams: Streams, reader: CommandReader): void {
  const onReset = (): void => {};
  streams.get('stdin')?.read({
    onBytes(bytes, taken) {
      reader.onInput(bytes);
      taken();
    },
    onEnd: reader.onInputEnd,
    onReset: reader.onInputEnd,
  });
  let sizes = '';
  streams.get('resize')?.read({
    onBytes(bytes, taken) {
      const lines = (sizes + Buffer.from(bytes).toString('latin1')).split('\n');
      sizes = (lines.pop() ?? '').slice(-sizeCharacters);
      for (const line of lines.slice(-1)) {
        const size = readSize(line);
        if (size) reader.onResize(size);
      }
      taken();
    },
    onEnd: onReset,
    onReset,
  });
}
