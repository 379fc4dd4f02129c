import type { DialOptions, LinkEvent, MqttConnection, MqttDialer } from './port.ts';

type Message = Extract<LinkEvent, { type: 'message' }>;

/** One connection and all that it told, for tests to wait on. */
export class Recorder {
  readonly events: LinkEvent[] = [];
  readonly connection: MqttConnection;
  /** Whether messages are marked as handled at once. */
  autoDone = true;
  #waiting: (() => void)[] = [];

  constructor(dialer: MqttDialer, options: Partial<DialOptions> & { clientId: string }) {
    const full = { keepaliveSeconds: 30, will: undefined, filters: [], ...options };
    this.connection = dialer.dial(full, (event) => {
      this.events.push(event);
      if (event.type === 'message' && this.autoDone) event.done();
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get messages(): Message[] {
    return this.events.filter((event): event is Message => event.type === 'message');
  }

  /** Payloads as text, in order. */
  get texts(): string[] {
    return this.messages.map((message) => Buffer.from(message.payload).toString());
  }

  connected(): Promise<void> {
    return this.until(() => this.events.some((event) => event.type === 'connected'));
  }

  async closed(): Promise<string> {
    await this.until(() => this.events.some((event) => event.type === 'closed'));
    const last = this.events.at(-1);
    return last?.type === 'closed' ? last.reason : 'closed was not the last event';
  }

  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1 = 1, retain = false): Promise<void> {
    return new Promise((resolve, reject) => {
      this.connection.publish({ topic, payload, qos, retain }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** Waits for an event that makes `holds` true; fails after ten seconds. */
  async until(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!holds()) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0)
        throw new Error(`not in time; seen: ${this.events.map((e) => JSON.stringify(e)).join(' ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}
