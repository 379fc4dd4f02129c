import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { SimBroker } from './broker.ts';
import { topicMatches } from './topic-filter.ts';

interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** One client's connection to the simulated broker: ordered both ways, with delay, and possibly half-open. */
export class SimConnection implements MqttConnection {
  readonly name: string;
  readonly clientId: string;
  readonly options: DialOptions;
  ended = false;
  readonly #broker: SimBroker;
  readonly #onEvent: (event: LinkEvent) => void;
  #halfOpen = false;
  #lastUpAt = 0;
  #lastDownAt = 0;
  #waiting: Waiting[] = [];
  #delivering = false;

  constructor(broker: SimBroker, name: string, options: DialOptions, onEvent: (event: LinkEvent) => void) {
    this.#broker = broker;
    this.name = name;
    this.clientId = options.clientId;
    this.options = options;
    this.#onEvent = onEvent;
  }

  wants(topic: string): boolean {
    return this.options.filters.some((filter) => topicMatches(filter, topic));
  }

  accepted(): void {
    this.#onEvent({ type: 'connected' });
  }

  publish(message: OutgoingMessage, settled?: (error: Error | undefined) => void): void {
    if (this.ended) return settled?.(new Error('closed'));
    if (this.#halfOpen) return;
    const lost = message.qos === 0 && this.#broker.random() < this.#broker.faults.lossShare;
    this.#lastUpAt = this.#after(this.#lastUpAt, () => {
      if (this.ended || this.#halfOpen) return settled?.(new Error('closed'));
      if (!lost) this.#broker.publish(this, message);
      settled?.(undefined);
    });
  }

  close(): void {
    if (!this.ended) this.#broker.drop(this, 'closed', false);
    this.end('closed');
  }

  /** Puts a message on its way to the client, behind those that are on theirs. */
  deliver(topic: string, payload: Uint8Array, retained: boolean, delayMs: number): void {
    this.#lastDownAt = this.#after(
      this.#lastDownAt,
      () => {
        if (this.ended || this.#halfOpen) return;
        this.#waiting.push({ topic, payload, retained });
        this.#deliverNext();
      },
      delayMs,
    );
  }

  goHalfOpen(): void {
    if (this.#halfOpen || this.ended) return;
    this.#halfOpen = true;
    const keepaliveMs = this.options.keepaliveSeconds * 1_500;
    this.#broker.host.timer(keepaliveMs, () => this.#broker.drop(this, 'keepalive', true));
    this.#broker.host.timer(keepaliveMs * this.#broker.random(), () => this.end('keepalive'));
  }

  end(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.#waiting = [];
    this.#onEvent({ type: 'closed', reason });
  }

  #deliverNext(): void {
    if (this.#delivering || this.ended) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#delivering = true;
    this.#broker.delivered += 1;
    const done = (): void => {
      this.#delivering = false;
      this.#deliverNext();
    };
    this.#onEvent({ type: 'message', ...next, done });
  }

  /** A link keeps its order: what comes later is never there earlier. */
  #after(lastAt: number, act: () => void, delayMs = this.#broker.delayMs()): number {
    const now = this.#broker.host.monotonic();
    const at = Math.max(lastAt, now + delayMs);
    this.#broker.host.timer(at - now, act);
    return at;
  }
}
