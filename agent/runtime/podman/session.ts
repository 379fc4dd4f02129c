import type { Duplex } from 'node:stream';
import type { ContainerSession, LogChunk, SessionResult } from '../port.ts';
import { OutputFrames } from './output-frames.ts';

export interface SessionParts {
  readonly connection: Duplex;
  /** A terminal has one stream only, and nothing around it. */
  readonly tty: boolean;
  readonly resize: (size: { readonly width: number; readonly height: number }) => Promise<void>;
  readonly result: () => Promise<SessionResult>;
  /** What becomes of the process when nobody is there any more. */
  readonly abandon: (connection: Duplex) => void;
}

/** A process at the other end of a connection that podman handed over. */
export function podmanSession(parts: SessionParts): ContainerSession {
  const { connection, tty, resize, result } = parts;
  // A write to what has ended fails; the output's end tells of it.
  connection.on('error', () => {});
  return {
    output: outputOf(connection, tty),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (connection.destroyed || connection.writableEnded) return reject(new Error('it has ended'));
        connection.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    endInput: () => void connection.end(),
    resize,
    result,
    close() {
      if (connection.readableEnded) connection.destroy();
      else if (!connection.destroyed) parts.abandon(connection);
    },
  };
}

async function* outputOf(connection: Duplex, tty: boolean): AsyncGenerator<LogChunk> {
  const frames = new OutputFrames();
  // Whoever stops reading closes the session, which decides what becomes of the connection.
  for await (const bytes of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    if (tty) yield { stream: 'stdout', bytes };
    else yield* frames.read(bytes);
}
