import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from '@bramble/adapters/host/node-http.ts';
import { RuntimeError } from '../port.ts';
import { type Hijacked, hijack } from './hijack.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly stream?: { readonly type: string; readonly bytes: Uint8Array };
  readonly headers?: Readonly<Record<string, string>>;
  /** 0 waits for ever. Default two minutes: a slow card may need many seconds for one container. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** podman's REST API on its unix socket. Version 4.0.0 of it is served by podman 4 and 5 alike. */
export interface PodmanClient {
  /** Resolves with any status below 500 that the caller may want to judge; see `expect`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** For answers that come bit by bit. */
  open(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
  /** Makes a connection of its own into the channels of a process. */
  hijack(path: string, body?: unknown): Promise<Hijacked>;
  close(): void;
}

const answerLimitBytes = 33_554_432;
const defaultTimeoutMs = 120_000;

/** `revive` is called when nobody listens on the socket; then the call is made once more. */
export function podmanClient(socketPath: string, revive: () => Promise<void>): PodmanClient {
  const pool = new Agent({ keepAlive: true, maxSockets: 8 });
  const send = (method: string, path: string, options: CallOptions, agent: Agent | false) =>
    answered(socketPath, method, path, options, agent);
  const sendAnyway = async (method: string, path: string, options: CallOptions, agent: Agent | false) => {
    try {
      return await send(method, path, options, agent);
    } catch (error) {
      if (!(error instanceof NeverReceived)) throw unavailable(error);
      await revive();
      return await send(method, path, options, agent).catch((again: unknown) => {
        throw unavailable(again);
      });
    }
  };
  return {
    call: async (method, path, options = {}) => {
      const agent = options.timeoutMs === 0 ? false : pool;
      const response = await sendAnyway(method, path, options, agent);
      return { status: response.statusCode ?? 0, text: await textOf(response) };
    },
    open: (method, path, options = {}) => sendAnyway(method, path, { timeoutMs: 0, ...options }, false),
    hijack: (path, body) =>
      hijack(socketPath, path, body).catch((error: unknown) => {
        throw unavailable(error);
      }),
    close: () => pool.destroy(),
  };
}

/** Making the request once more does no harm. */
class NeverReceived extends Error {}

async function answered(
  socketPath: string,
  method: string,
  path: string,
  options: CallOptions,
  agent: Agent | false,
): Promise<IncomingMessage> {
  const payload = payloadOf(options);
  const outgoing = request({
    socketPath,
    agent,
    method,
    path: `/v4.0.0/libpod${path}`,
    headers: { host: 'podman', ...payload?.headers, ...options.headers },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  if (timeoutMs > 0) {
    outgoing.setTimeout(timeoutMs, () =>
      outgoing.destroy(new Error(`podman did not answer within ${timeoutMs} ms`)),
    );
  }
  outgoing.end(payload?.bytes);
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return response;
  } catch (error) {
    throw mayBeRepeated(error, method, outgoing.reusedSocket)
      ? new NeverReceived('podman was not there', { cause: error })
      : error;
  }
}

/** Nobody listened; or the connection broke, and it was an old one from the pool or the request only asked for something. */
function mayBeRepeated(error: unknown, method: string, reusedSocket: boolean): boolean {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const refused = code === 'ENOENT' || code === 'ECONNREFUSED' || syscall === 'connect';
  const broken = code === 'ECONNRESET' || code === 'EPIPE';
  return refused || (broken && (reusedSocket || method === 'GET'));
}

function payloadOf(options: CallOptions) {
  if (options.stream !== undefined) {
    const { type, bytes } = options.stream;
    return { bytes, headers: { 'content-type': type, 'content-length': String(bytes.byteLength) } };
  }
  if (options.body === undefined) return undefined;
  const bytes = Buffer.from(JSON.stringify(options.body));
  return {
    bytes,
    headers: { 'content-type': 'application/json', 'content-length': String(bytes.byteLength) },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > answerLimitBytes)
        throw new Error(`podman's answer is longer than ${answerLimitBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw unavailable(error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unavailable(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RuntimeError('unavailable', `podman does not answer: ${message}`, { cause: error });
}
