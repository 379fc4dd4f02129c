import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ControllerProcess } from '../e2e/fixture/controller-process.ts';

/** What a client of one incarnation needs; its connections are kept, and end with `agent.destroy()`. */
export interface Access {
  readonly port: number;
  readonly agent: Agent;
  readonly token: string;
}

export function accessTo({ httpsPort, ca, adminToken }: ControllerProcess): Access {
  return { port: httpsPort, agent: new Agent({ ca, keepAlive: true, maxSockets: 64 }), token: adminToken };
}

/** A connection for each request: one that was kept may be closed by the server at the moment that it is used again. */
export async function adminAccess(dataDir: string, port: number): Promise<Access> {
  const ca = await readFile(join(dataDir, 'ca.crt'), 'utf8');
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  return { port, agent: new Agent({ ca }), token };
}

export interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly data?: { readonly marker?: string };
}

export const collection = '/api/v1/namespaces/default/configmaps';

/** @throws Error when the connection breaks: then nobody knows what became of the request. */
export function send(access: Access, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
    const { port, agent } = access;
    const sent: ClientRequest = request({ host: '127.0.0.1', port, agent, method, path, headers }, resolve);
    sent.once('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** @throws Error as `send` does, and when the answer is cut off. */
export async function call(access: Access, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await send(access, method, path, body);
  const answered = await text(response);
  if (!response.complete) throw new Error('the answer was cut off');
  return { code: response.statusCode ?? 0, body: JSON.parse(answered) };
}
