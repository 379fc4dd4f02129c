import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { bounds } from '../bounds.ts';
import { badRequest, failure, StatusError, tooLarge, unsupportedMediaType } from '../status.ts';
import type { Share } from './budget.ts';

/** What one body may take. */
export interface BodyBounds {
  readonly bytes: number;
  /** Until it is whole; the server's `requestTimeout` holds beside it. */
  readonly timeoutMs: number;
}

/** For whoever is known. */
export const largest: BodyBounds = { bytes: limits.requestBytes, timeoutMs: bounds.requestTimeoutMs };

/**
 * The whole body; 413 as soon as it is or says that it is longer than it may be, 408 when it is not whole in time, 429
 * when all requests together hold too much.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  budget: Share,
  most: BodyBounds,
  host: Pick<Host, 'timer'>,
): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(unsupportedMediaType(`a body with Content-Encoding ${encoding} is not taken`));
  }
  if (Number(request.headers['content-length'] ?? 0) > most.bytes) {
    return Promise.reject(tooLarge(most.bytes));
  }
  return collect(request, response, budget, most, host);
}

/** What was taken of the budget is given back when the answer is out. */
function collect(
  request: IncomingMessage,
  response: ServerResponse,
  budget: Share,
  most: BodyBounds,
  host: Pick<Host, 'timer'>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const giveBack = (): void => {
    budget.give(bytes);
    bytes = 0;
  };
  response.on('close', giveBack);
  return new Promise((resolve, reject) => {
    const stop = (error: unknown): void => {
      cancel();
      request.removeAllListeners('data');
      giveBack();
      reject(error);
    };
    const cancel = host.timer(most.timeoutMs, () => stop(tooSlow(most.timeoutMs)));
    request.on('data', (chunk: Uint8Array) => {
      try {
        if (bytes + chunk.length > most.bytes) throw tooLarge(most.bytes);
        budget.take(chunk.length);
        bytes += chunk.length;
        chunks.push(chunk);
      } catch (error) {
        stop(error);
      }
    });
    request.on('end', () => {
      cancel();
      resolve(Buffer.concat(chunks));
    });
    request.on('error', () => stop(badRequest('the connection ended before the body was whole')));
  });
}

function tooSlow(timeoutMs: number): StatusError {
  return new StatusError(failure(408, 'Timeout', `the body was not whole within ${timeoutMs / 1_000} s`));
}
