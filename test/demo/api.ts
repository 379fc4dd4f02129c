import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Asks the controller's Kubernetes API, as kubectl does, over one connection that stays open: what is measured is then Bramble's time. */
export class Api {
  readonly #port: number;
  readonly #agent: Agent;
  readonly #token: string;

  static async open(dataDir: string, port: number): Promise<Api> {
    const [ca, token] = await Promise.all(
      ['ca.crt', 'admin-token'].map((name) => readFile(join(dataDir, name), 'utf8')),
    );
    return new Api(port, new Agent({ keepAlive: true, ca }), (token ?? '').trim());
  }

  private constructor(port: number, agent: Agent, token: string) {
    this.#port = port;
    this.#agent = agent;
    this.#token = token;
  }

  /** @throws Error when the answer is no success */
  async get<Answer>(path: string): Promise<Answer> {
    const response = await this.#answer(path);
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    return JSON.parse(text) as Answer;
  }

  /**
   * Calls `seen` with an object as it is, and with each change, until the signal. Resolves when the first has been seen, with a
   * question: whether every change since was seen.
   */
  async watch<Seen>(path: string, seen: (object: Seen) => void, signal: AbortSignal): Promise<() => boolean> {
    const response = await this.#answer(`${path}${path.includes('?') ? '&' : '?'}watch=true`);
    const first = Promise.withResolvers<void>();
    let whole = true;
    response.on('error', () => {});
    response.on('close', () => {
      whole &&= signal.aborted;
      first.resolve();
    });
    signal.addEventListener('abort', () => response.destroy(), { once: true });
    createInterface({ input: response }).on('line', (line) => {
      const { type, object } = JSON.parse(line) as { type: string; object: Seen };
      if (type === 'ERROR') whole = false;
      else if (type !== 'BOOKMARK') seen(object);
      first.resolve();
    });
    await first.promise;
    return () => whole;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #answer(path: string): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}` };
      request({ host: '127.0.0.1', port: this.#port, path, headers, agent: this.#agent })
        .once('response', resolve)
        .once('error', ({ message }) => reject(new Error(`the controller does not answer: ${message}`)))
        .end();
    });
    if (response.statusCode === 200) return response;
    response.resume();
    throw new Error(`the controller answered ${response.statusCode} to GET ${path}`);
  }
}
