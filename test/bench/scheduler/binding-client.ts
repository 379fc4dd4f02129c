import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';

export interface Place {
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

const path = '/api/v1/namespaces/default/pods';

/** One connection that is kept and one watch, as a client has them that makes pods all day. */
export class BindingClient {
  readonly #place: Place;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #watching: Agent;
  readonly #bound = new Map<string, (atMs: number) => void>();

  static async open(place: Place): Promise<BindingClient> {
    const client = new BindingClient(place);
    await client.#watch();
    return client;
  }

  private constructor(place: Place) {
    this.#place = place;
    this.#watching = new Agent({ keepAlive: true });
  }

  /** Resolves when both is there: the answer, and the binding. */
  async bind(pod: object): Promise<{ answeredMs: number; boundMs: number }> {
    const { name } = (pod as { metadata: { name: string } }).metadata;
    const bound = new Promise<number>((resolve) => this.#bound.set(name, resolve));
    const body = JSON.stringify(pod);
    const began = performance.now();
    await this.#post(body);
    const answered = performance.now();
    return { answeredMs: answered - began, boundMs: (await bound) - began };
  }

  close(): void {
    this.#agent.destroy();
    this.#watching.destroy();
  }

  #options(agent: Agent): object {
    const { port, ca, token } = this.#place;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return { host: '127.0.0.1', port, ca, servername: 'localhost', agent, headers, noDelay: true };
  }

  #post(body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { ...this.#options(this.#agent), path, method: 'POST' };
      const sent = request(options, (answer) => {
        answer.resume();
        if (answer.statusCode !== 201) reject(new Error(`a pod was answered ${answer.statusCode}`));
        answer.on('end', resolve);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #watch(): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { ...this.#options(this.#watching), path: `${path}?watch=true`, method: 'GET' };
      const sent = request(options, (answer) => {
        // It ends with an error when it is closed.
        answer.on('error', () => {});
        createInterface({ input: answer })
          .on('line', (line) => this.#heard(line))
          .on('error', () => {});
        resolve();
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  #heard(line: string): void {
    const atMs = performance.now();
    const { object } = JSON.parse(line) as {
      object: { metadata: { name: string }; spec: { nodeName?: string } };
    };
    if (object.spec.nodeName === undefined) return;
    this.#bound.get(object.metadata.name)?.(atMs);
    this.#bound.delete(object.metadata.name);
  }
}
