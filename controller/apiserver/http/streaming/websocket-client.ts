import type { WebSocketConnection, WebSocketReader } from '@bramble/adapters/websocket/server.ts';
import { type CommandClient, type CommandReader, readSize } from './command-client.ts';

/** Kubernetes' channel protocols over WebSocket, newest first: the first byte of a message is its channel. */
export const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** In the fifth version, this and a channel's number: the client has closed that channel. */
const closeSignal = 255;
const normalClosure = 1_000;

export function webSocketClient(connection: WebSocketConnection): CommandClient {
  return {
    output: (channel, bytes, sent) => connection.send(message(channels[channel], bytes), sent),
    finish(status) {
      connection.send(message(channels.error, Buffer.from(JSON.stringify(status))));
      connection.close(normalClosure, '');
    },
    pause: () => connection.pause(),
    resume: () => connection.resume(),
  };
}

/** Whatever else comes is of no meaning, and does no harm. */
export function webSocketReader(reader: CommandReader): WebSocketReader {
  const take = (bytes: Uint8Array): void => {
    const body = bytes.subarray(1);
    if (bytes[0] === channels.stdin && body.length > 0) reader.onInput(body);
    if (bytes[0] === closeSignal && body[0] === channels.stdin) reader.onInputEnd();
    const size = bytes[0] === channels.resize ? readSize(Buffer.from(body).toString()) : undefined;
    if (size) reader.onResize(size);
  };
  return { onMessage: take, onClose: reader.onClose };
}

function message(channel: number, bytes: Uint8Array): Uint8Array {
  const whole = Buffer.allocUnsafe(1 + bytes.length);
  whole[0] = channel;
  whole.set(bytes, 1);
  return whole;
}
