import type { IncomingMessage } from 'node:http';
import type { Host } from '@bramble/actors/host.ts';
import { bounds } from '../bounds.ts';

/** More than an honest client sends before it looks for an answer. */
const mostBytes = 16_777_216;

/**
 * Reads and drops what still comes of a body before it is answered with a refusal: where a connection is closed with
 * bytes unread, the client's kernel throws away the answer too (RFC 9112 §9.6). Resolves at the end of the body, of the
 * connection, or of our patience.
 */
export function dropBody(request: IncomingMessage, host: Pick<Host, 'timer'>): Promise<void> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (request.complete || request.destroyed || announced > mostBytes) return Promise.resolve();
  return new Promise((resolve) => {
    let left = mostBytes;
    const enough = (): void => {
      cancel();
      resolve();
    };
    const cancel = host.timer(bounds.dropTimeoutMs, enough);
    request.removeAllListeners('data');
    request.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) enough();
    });
    for (const end of ['end', 'error', 'close']) request.once(end, enough);
    request.resume();
  });
}
