import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Answer } from '../port.ts';
import { connectionWords, hostAndPort, isTimeout } from './words.ts';

/** Passes when the connection is made; it is closed at once. */
export async function tcpCheck(host: string, port: number, timeoutMs: number): Promise<Answer> {
  const socket = new Socket({ signal: AbortSignal.timeout(timeoutMs) });
  try {
    const connected = once(socket, 'connect');
    socket.connect({ host, port });
    await connected;
    return { outcome: 'success', output: '' };
  } catch (error) {
    const why = isTimeout(error) ? 'i/o timeout' : connectionWords(error);
    return { outcome: 'failure', output: `dial tcp ${hostAndPort(host, port)}: ${why}` };
  } finally {
    // Whoever still errs now has nobody to tell.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
