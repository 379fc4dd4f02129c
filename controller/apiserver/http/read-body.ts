import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@bramble/protocol/limits.ts';
import { badRequest, tooLarge, unsupportedMediaType } from '../status.ts';
import type { Budget } from './gate.ts';

/**
 * The whole body, at most `limits.requestBytes`; 413 as soon as it is or says that it is longer, 429 when all requests
 * together hold too much. How long it may take is the server's `requestTimeout`.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  budget: Budget,
): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(unsupportedMediaType(`a body with Content-Encoding ${encoding} is not taken`));
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.requestBytes) {
    return Promise.reject(tooLarge(limits.requestBytes));
  }
  return collect(request, response, budget);
}

/** What was taken of the budget is given back when the answer is out. */
function collect(request: IncomingMessage, response: ServerResponse, budget: Budget): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  response.on('close', () => budget.give(bytes));
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Uint8Array) => {
      try {
        if (bytes + chunk.length > limits.requestBytes) throw tooLarge(limits.requestBytes);
        budget.take(chunk.length);
        bytes += chunk.length;
        chunks.push(chunk);
      } catch (error) {
        request.removeAllListeners('data');
        reject(error);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(badRequest('the connection ended before the body was whole')));
  });
}
