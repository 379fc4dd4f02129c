import type { ReadAnswer } from '@bramble/protocol/messages/reads.ts';
import type { Result } from '@bramble/protocol/messages/results.ts';
import { topics } from '@bramble/protocol/topics.ts';
import mqtt, { type MqttClient } from 'mqtt';

export interface Credentials {
  readonly user: string;
  readonly token: string;
}

export interface ConnectionEvents {
  readonly onState: (state: 'connecting' | 'connected' | 'lost' | 'refused') => void;
  readonly onFact: (topic: string, payload: Uint8Array) => void;
}

const filters = ['fleet/#', 'nodes/+/metrics', 'controller/session'].map((filter) => `bramble/v1/${filter}`);
const answerMs = 20_000;
const reconnectMs = 2_000;
/** Boards say how they are often for five minutes after somebody asked. */
const askBoardsMs = 120_000;
const boardsPath = '/apis/metrics.k8s.io/v1beta1/nodes?limit=1';

/** The dashboard's one connection: MQTT over WebSocket, to the server that the page came from. */
export class FleetConnection {
  readonly #client: MqttClient;
  readonly #user: string;
  readonly #answers = new Map<string, (payload: Uint8Array) => void>();
  readonly #asking: ReturnType<typeof setInterval>;
  #next = 0;

  constructor(url: string, { user, token }: Credentials, events: ConnectionEvents) {
    this.#user = user;
    this.#client = mqtt.connect(url, {
      username: user,
      password: token,
      protocolVersion: 4,
      clean: true,
      keepalive: 30,
      reconnectPeriod: reconnectMs,
      queueQoSZero: false,
      // The other kind makes a worker of a blob, which the page's policy forbids.
      timerVariant: 'native',
    });
    this.#client.on('connect', () => {
      this.#client.subscribe(filters, { qos: 1 });
      events.onState('connected');
      this.#askBoards();
    });
    this.#asking = setInterval(() => this.#askBoards(), askBoardsMs);
    this.#client.on('close', () => events.onState('lost'));
    this.#client.on('error', (error) => {
      if (!('code' in error) || (error.code !== 4 && error.code !== 5)) return;
      this.close();
      events.onState('refused');
    });
    this.#client.on('message', (topic, payload) => {
      const answer = this.#answers.get(topic);
      if (answer) answer(payload);
      else events.onFact(topic, payload);
    });
    events.onState('connecting');
  }

  /** An object, a list or a Table, by its path over HTTPS. Rejects with the Status' message. */
  async read<T>(path: string, accept?: string): Promise<T> {
    const { code, body } = await this.#ask<ReadAnswer>(
      'get',
      JSON.stringify({ path, ...(accept && { accept }) }),
    );
    if (code >= 400) throw new Error((body as { message?: string })?.message ?? `code ${code}`);
    return body as T;
  }

  hand(what: 'apply' | 'delete', text: string): Promise<Result> {
    return this.#ask<Result>(what, text);
  }

  /** A log as it comes. The function returned ends it. `onEnd` gets what went wrong, if anything did. */
  follow(
    path: string,
    onText: (text: string) => void,
    onEnd: (error: string | undefined) => void,
  ): () => void {
    const id = this.#id();
    const topic = topics.get(this.#user, id);
    const stop = (): void => {
      if (this.#answers.delete(topics.results(this.#user, id))) this.#client.publish(topic, '{"close":true}');
      clearInterval(beat);
    };
    const beat = setInterval(() => this.#client.publish(topic, '{"more":0}', { qos: 1 }), 120_000);
    this.#expect(id, (payload) => {
      const { code, end, text, body } = JSON.parse(new TextDecoder().decode(payload)) as ReadAnswer;
      if (text) onText(text);
      if (!end) return void this.#client.publish(topic, '{"more":1}', { qos: 1 });
      stop();
      onEnd(code >= 400 ? ((body as { message?: string })?.message ?? `code ${code}`) : undefined);
    });
    this.#client.publish(topic, JSON.stringify({ path }), { qos: 1 });
    return stop;
  }

  close(): void {
    clearInterval(this.#asking);
    this.#client.end(true);
  }

  /** A page that nobody looks at asks nothing. */
  #askBoards(): void {
    if (document.hidden || !this.#client.connected) return;
    this.read(boardsPath).catch(() => {});
  }

  readonly #prefix = `dashboard-${crypto.randomUUID().slice(0, 8)}`;

  #id(): string {
    this.#next += 1;
    return `${this.#prefix}-${this.#next}`;
  }

  #expect(id: string, onPayload: (payload: Uint8Array) => void): void {
    const topic = topics.results(this.#user, id);
    this.#answers.set(topic, onPayload);
    this.#client.subscribe(topic, { qos: 1 });
  }

  #ask<T>(what: 'get' | 'apply' | 'delete', payload: string): Promise<T> {
    const id = this.#id();
    const topic = topics.results(this.#user, id);
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        done();
        reject(new Error('the controller does not answer'));
      }, answerMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#answers.delete(topic);
        this.#client.unsubscribe(topic);
      };
      this.#expect(id, (bytes) => {
        done();
        resolve(JSON.parse(new TextDecoder().decode(bytes)) as T);
      });
      this.#client.publish(topics[what](this.#user, id), payload, { qos: 1 });
    });
  }
}
