import { randomBytes } from 'node:crypto';
import { createMqttDialer } from '@bramble/adapters/mqtt/dialer.ts';
import type { LinkEvent, MqttConnection, MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { type ReadAnswer, readAnswer } from '@bramble/protocol/messages/reads.ts';
import { type Result, result } from '@bramble/protocol/messages/results.ts';
import { parseTopic, topics } from '@bramble/protocol/topics.ts';
import type { Login } from './login.ts';
import { RefusedError, statusOf } from './refused.ts';

const answerMs = 30_000;
/** Requests that one connection may have open: their answers' topics are subscribed to at once, in one packet. */
const slots = 8;
/** A log or a watch that is silent says this often that it is still read. */
const stillHereMs = 120_000;

export interface Read {
  readonly path: string;
  readonly accept?: string;
}

interface Waiting {
  readonly onPayload: (payload: Uint8Array) => void;
  readonly onLost: (error: Error) => void;
}

/** A person's connection to a fleet. Everything goes through its broker, and nothing else is needed. */
export class FleetClient {
  readonly user: string;
  readonly #connection: MqttConnection;
  readonly #free: string[];
  readonly #waiting = new Map<string, Waiting>();
  #lost: Error | undefined;

  private constructor(user: string, connection: MqttConnection, ids: readonly string[]) {
    this.user = user;
    this.#connection = connection;
    this.#free = [...ids];
  }

  /** @throws Error saying why the broker cannot be reached, or does not let us in. */
  static connect(login: Login, dialer: MqttDialer = dialerOf(login)): Promise<FleetClient> {
    const prefix = randomBytes(6).toString('hex');
    const ids = Array.from({ length: slots }, (_, at) => `${prefix}-${at}`);
    const filters = ids.map((id) => topics.results(login.user, id));
    const { promise, resolve, reject } = Promise.withResolvers<FleetClient>();
    const options = { clientId: `bramble-cli-${prefix}`, keepaliveSeconds: 30, will: undefined, filters };
    const connection = dialer.dial(options, (event) => {
      if (event.type === 'connected') resolve(client);
      else if (event.type === 'closed') reject(unreachable(login, event));
      client.#heard(event);
    });
    const client = new FleetClient(login.user, connection, ids);
    return promise;
  }

  /** An object, a list or a Table. @throws RefusedError with the Status that came instead. */
  async read<T>(read: Read): Promise<T> {
    const answer = await this.#ask('get', JSON.stringify(read), (payload) => decodeJson(readAnswer, payload));
    if (answer.code >= 400) throw new RefusedError(statusOf(answer));
    return answer.body as T;
  }

  /** What became of each document. */
  hand(what: 'apply' | 'delete', text: string): Promise<Result> {
    return this.#ask(what, text, (payload) => decodeJson(result, payload));
  }

  /**
   * A log or a watch, part by part, until its end or `signal`. The next part is asked for when the promise of
   * `onText` is done. @throws RefusedError
   */
  async stream(read: Read, onText: (text: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const id = this.#take();
    const topic = topics.get(this.user, id);
    let done = Promise.resolve();
    let next = 0;
    const take = async ({ sequence, code, end, text, body }: ReadAnswer): Promise<void> => {
      if (sequence !== next++) throw new Error('a part of the answer was lost on the way: ask again');
      if (code >= 400) throw new RefusedError(statusOf({ code, body }));
      if (text) await onText(text);
      if (end) resolve();
      else this.#send(topic, '{"more":1}');
    };
    this.#waiting.set(id, {
      onPayload: (payload) => {
        const decoded = decodeJson(readAnswer, payload);
        if (!decoded.ok) return reject(new Error(decoded.message));
        done = done.then(() => take(decoded.value));
        done.catch(reject);
      },
      onLost: reject,
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
    const beat = setInterval(() => this.#send(topic, '{"more":0}'), stillHereMs);
    this.#send(topic, JSON.stringify(read));
    try {
      await promise;
    } finally {
      clearInterval(beat);
      if (!this.#lost) this.#send(topic, '{"close":true}');
      // The slot is not used again: what was under way may still arrive.
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #ask<T>(
    what: 'get' | 'apply' | 'delete',
    payload: string,
    decode: (payload: Uint8Array) => { ok: true; value: T } | { ok: false; message: string },
  ): Promise<T> {
    const id = this.#take();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onPayload = (bytes: Uint8Array): void => {
      const decoded = decode(bytes);
      if (decoded.ok) resolve(decoded.value);
      else reject(new Error(`an answer that this version cannot read: ${decoded.message}`));
    };
    this.#waiting.set(id, { onPayload, onLost: reject });
    const timer = setTimeout(() => reject(new Error(noAnswer)), answerMs);
    this.#send(topics[what](this.user, id), payload);
    const answer = await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(id);
    });
    this.#free.push(id);
    return answer;
  }

  #take(): string {
    const id = this.#free.pop();
    if (id === undefined) throw new Error('too many requests at once over one connection');
    return id;
  }

  #send(topic: string, payload: string): void {
    this.#connection.publish({ topic, payload, qos: 1, retain: false });
  }

  #heard(event: LinkEvent): void {
    if (event.type === 'closed') {
      this.#lost = new Error(`the connection to the fleet was lost: ${event.reason}`);
      for (const { onLost } of this.#waiting.values()) onLost(this.#lost);
    }
    if (event.type !== 'message') return;
    const topic = parseTopic(event.topic);
    if (topic?.type === 'results') this.#waiting.get(topic.id)?.onPayload(event.payload);
    event.done();
  }
}

const noAnswer =
  'the controller does not answer: the broker is there, so it may be starting, or may be away; try again in a moment';

function dialerOf({ broker, user, token, ca }: Login): MqttDialer {
  return createMqttDialer({
    url: broker,
    username: user,
    password: token,
    ...(ca === undefined ? {} : { ca }),
  });
}

function unreachable(
  { broker, user }: Login,
  { reason, refused }: Extract<LinkEvent, { type: 'closed' }>,
): Error {
  if (refused)
    return new Error(`${broker} does not let user "${user}" in: the token is wrong, or was taken back`);
  if (/self.signed|unable to verify|unable to get/i.test(reason))
    return new Error(
      `${broker} shows a certificate of another authority: name the fleet's with --ca (${reason})`,
    );
  return new Error(`${broker} cannot be reached: ${reason}`);
}
