import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';

/** Where the controller is, and who asks. */
export interface Target {
  readonly server: URL;
  readonly authority: Buffer;
  readonly token: string;
}

interface Kubeconfig {
  readonly clusters?: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users?: readonly { user: { token: string } }[];
}

/** Reads `{dataDir}/kubeconfig`. @throws Error saying what to start first. */
export async function targetOf(dataDir: string): Promise<Target> {
  const path = join(dataDir, 'kubeconfig');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(
      `${path} is not there: start Bramble with \`npm start\` first, or name its state with --data-dir`,
    );
  });
  // Only here: `bramble up` asks the controller without it, and stays for long.
  const { parse } = await import('yaml');
  const config = parse(text) as Kubeconfig;
  const cluster = config.clusters?.[0]?.cluster;
  const token = config.users?.[0]?.user.token;
  if (!cluster || !token) throw new Error(`${path} names no cluster or no user`);
  const authority = Buffer.from(cluster['certificate-authority-data'], 'base64');
  return { server: new URL(cluster.server), authority, token };
}

export class ApiError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

const timeoutMs = 30_000;

/** One request over HTTPS; the answer's stream. @throws ApiError with the Status’ message when it is refused. */
export function open(target: Target, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, target.server),
      {
        method,
        ca: target.authority,
        timeout: timeoutMs,
        headers: {
          authorization: `Bearer ${target.token}`,
          accept: 'application/json',
          'content-type': 'application/json',
        },
      },
      (answer) => {
        if ((answer.statusCode ?? 500) < 400) resolve(answer);
        else refusal(answer).then(reject, reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${target.server.host} does not answer`)));
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(explained(error, target)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export async function call<T>(target: Target, method: string, path: string, body?: unknown): Promise<T> {
  const text = await textOf(await open(target, method, path, body));
  return JSON.parse(text) as T;
}

async function refusal(answer: IncomingMessage): Promise<ApiError> {
  const text = await textOf(answer);
  try {
    return new ApiError(answer.statusCode ?? 500, (JSON.parse(text) as { message?: string }).message ?? text);
  } catch {
    return new ApiError(answer.statusCode ?? 500, text || `HTTP ${answer.statusCode}`);
  }
}

function explained(error: NodeJS.ErrnoException, target: Target): Error {
  if (error.code !== 'ECONNREFUSED') return error;
  return new Error(
    `nothing listens at ${target.server.host}: is Bramble running? Start it with \`npm start\``,
  );
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
