import type { Duplex } from 'node:stream';
import { request } from '@bramble/adapters/host/node-http.ts';
import type { Answer } from './client.ts';

/** A connection that podman has handed over to a process, or its refusal. */
export type Hijacked =
  | { readonly ok: true; readonly connection: Duplex }
  | { readonly ok: false; readonly answer: Answer };

const refusalBytes = 65_536;
const answerMs = 120_000;

/** Asks podman to turn this HTTP connection into the channels of a process, as its REST API does for exec and attach. */
export function hijack(socketPath: string, path: string, body: unknown): Promise<Hijacked> {
  const { promise, resolve, reject } = Promise.withResolvers<Hijacked>();
  // Of an empty request no byte can be taken for the process's input.
  const payload = Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const outgoing = request({
    socketPath,
    agent: false,
    method: 'POST',
    path: `/v4.0.0/libpod${path}`,
    headers: {
      host: 'podman',
      'content-type': 'application/json',
      'content-length': String(payload.length),
      connection: 'Upgrade',
      upgrade: 'tcp',
    },
  });
  outgoing.setTimeout(answerMs, () => outgoing.destroy(new Error('podman did not answer')));
  outgoing.on('error', reject);
  outgoing.on('upgrade', (_response, connection, head) => {
    connection.setTimeout(0);
    // Each direction ends for itself: a process may speak on after it has heard all.
    connection.allowHalfOpen = true;
    if (head.length > 0) connection.unshift(head);
    resolve({ ok: true, connection });
  });
  outgoing.on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(0, refusalBytes);
    });
    response.on('end', () => resolve({ ok: false, answer: { status: response.statusCode ?? 0, text } }));
    response.on('error', reject);
  });
  outgoing.end(payload);
  return promise;
}
