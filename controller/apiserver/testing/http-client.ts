import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningServer } from './running-server.ts';

export interface HttpAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back.
  readonly json: any;
}

export interface Call {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function optionsFor(server: RunningServer, call: Call): RequestOptions {
  const token = 'token' in call ? call.token : 'token-admin';
  return {
    method: call.method ?? 'GET',
    ca: server.caPem,
    agent: new Agent({ keepAlive: false }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
  };
}

/** One whole request and its answer. */
export function ask(server: RunningServer, path: string, call: Call = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, optionsFor(server, call), (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString();
        const json = text.startsWith('{') ? JSON.parse(text) : undefined;
        resolve({ code: response.statusCode ?? 0, headers: response.headers, bytes, text, json });
      });
    });
    sent.on('error', reject);
    sent.end(call.body);
  });
}

export interface OpenStream {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back.
  readonly lines: any[];
  readonly raw: () => string;
  readonly ended: () => boolean;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

/** A watch or log: what came so far, as lines of JSON where they are that. */
export function open(server: RunningServer, path: string, call: Call = {}): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, optionsFor(server, call), (response) => {
      let rest = '';
      let raw = '';
      let ended = false;
      const lines: unknown[] = [];
      response.on('data', (chunk: Buffer) => {
        raw += chunk.toString();
        const parts = (rest + chunk.toString()).split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part));
      });
      response.on('close', () => {
        ended = true;
      });
      response.on('error', () => {});
      resolve({
        code: response.statusCode ?? 0,
        lines,
        raw: () => raw,
        ended: () => ended,
        pause: () => response.pause(),
        resume: () => response.resume(),
        close: () => sent.destroy(),
      });
    });
    sent.on('error', reject);
    sent.end(call.body);
  });
}

/** Waits until it holds; fails after `withinMs`. */
export async function until(holds: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds}`);
    await delay(5);
  }
}
