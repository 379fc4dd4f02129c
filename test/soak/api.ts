import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Target } from '@bramble/cli/client.ts';

export interface Answer {
  readonly code: number;
  readonly text: string;
}

export interface Listed {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: { readonly phase?: string };
}

const answerMs = 30_000;

/** One user's way to the API server: few connections, which are kept, and streams on connections of their own. */
export class Api {
  readonly #target: Target;
  readonly #kept: Agent;

  constructor(target: Target) {
    this.#target = target;
    this.#kept = new Agent({ ca: target.authority, keepAlive: true, maxSockets: 4 });
  }

  /** Whatever is answered. @throws Error when nothing is */
  async ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const response = await this.#send(this.#kept, method, path, body, headers);
    return { code: response.statusCode ?? 0, text: await text(response) };
  }

  /** @throws Error when it is refused for another reason than `allowed` */
  async call(method: string, path: string, body?: unknown, allowed: readonly number[] = []): Promise<Answer> {
    const answer = await this.ask(method, path, body);
    if (answer.code < 400 || allowed.includes(answer.code)) return answer;
    throw new Error(`${method} ${path} was answered ${answer.code}: ${answer.text.slice(0, 300)}`);
  }

  async patch(path: string, body: unknown, allowed: readonly number[] = []): Promise<void> {
    const type = { 'content-type': 'application/merge-patch+json' };
    const { code, text: said } = await this.ask('PATCH', path, body, type);
    if (code >= 400 && !allowed.includes(code)) throw new Error(`PATCH ${path}: ${code}: ${said}`);
  }

  async list(path: string): Promise<readonly Listed[]> {
    return (JSON.parse((await this.call('GET', path)).text) as { items: Listed[] }).items;
  }

  /** An answer that goes on; the caller destroys it, and its connection with it. */
  open(path: string, headers = {}): Promise<IncomingMessage> {
    const once = new Agent({ ca: this.#target.authority, keepAlive: false });
    return this.#send(once, 'GET', path, undefined, headers);
  }

  close(): void {
    this.#kept.destroy();
  }

  #send(
    agent: Agent,
    method: string,
    path: string,
    body: unknown,
    headers: object,
  ): Promise<IncomingMessage> {
    const { server, token } = this.#target;
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, server),
        {
          method,
          agent,
          timeout: answerMs,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            accept: 'application/json',
            ...headers,
          },
        },
        (response) => {
          // Whoever is cut off meets an error here, which is part of the plan.
          response.on('error', () => {});
          resolve(response);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)));
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
