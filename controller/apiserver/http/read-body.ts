import type { IncomingMessage } from 'node:http';
import { limits } from '@bramble/protocol/limits.ts';
import { badRequest, type StatusError, tooLarge, unsupportedMediaType } from '../status.ts';

/**
 * The whole body, at most `limits.requestBytes`; 413 as soon as it is or says that it is longer. How long it may take
 * is the server's `requestTimeout`.
 */
export function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(unsupportedMediaType(`a body with Content-Encoding ${encoding} is not taken`));
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.requestBytes) {
    return Promise.reject(refuse(request));
  }
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    request.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes <= limits.requestBytes) chunks.push(chunk);
      else reject(refuse(request));
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(badRequest('the connection ended before the body was whole')));
  });
}

/** What still comes is read and dropped, so that the client gets to read the answer. */
function refuse(request: IncomingMessage): StatusError {
  request.removeAllListeners('data');
  request.resume();
  return tooLarge(limits.requestBytes);
}
