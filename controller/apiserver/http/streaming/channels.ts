import type { Duplex } from 'node:stream';
import type { WebSocketConnection, WebSocketReader } from '@bramble/adapters/websocket/server.ts';
import type { ByteChannel, ByteReader, OpenChannel } from './byte-channel.ts';

const normalClosure = 1_000;
/** After its end a client may still say what it has to; then the connection is cut. */
const goodbyeMs = 5_000;

/** The bytes of a connection that was upgraded. */
export function socketChannel(socket: Duplex, head: Uint8Array): OpenChannel {
  return (reader) => {
    if (head.length > 0) socket.unshift(head);
    socket.on('data', reader.onBytes);
    socket.on('end', () => socket.end());
    socket.on('close', reader.onClose);
    return {
      send(bytes, sent = () => {}) {
        if (socket.destroyed || socket.writableEnded) sent();
        else socket.write(bytes, () => sent());
      },
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
      end() {
        socket.end();
        // A client that does not close its side has nothing to say that anybody hears.
        socket.on('finish', () =>
          AbortSignal.timeout(goodbyeMs).addEventListener('abort', () => socket.destroy()),
        );
      },
    };
  };
}

/** The bytes in the messages of a WebSocket. Hands `open` to whoever speaks, and returns who hears. */
export function tunnel(connection: WebSocketConnection, speak: (open: OpenChannel) => void): WebSocketReader {
  const readers: ByteReader[] = [];
  speak((reader) => {
    readers.push(reader);
    return tunnelChannel(connection);
  });
  return {
    onMessage: (bytes) => readers[0]?.onBytes(bytes),
    onClose: () => readers[0]?.onClose(),
  };
}

function tunnelChannel(connection: WebSocketConnection): ByteChannel {
  return {
    send: (bytes, sent) => connection.send(bytes, sent),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    end: () => connection.close(normalClosure, ''),
  };
}
