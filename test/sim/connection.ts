import type { Host } from '@bramble/actors/index.ts';
import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { NetworkFaults } from './faults.ts';
import { OrderedPipe } from './ordered-pipe.ts';
import { topicMatches } from './topic-filter.ts';

/** The broker's side of a connection. */
export interface BrokerSide {
  readonly host: Host;
  readonly faults: NetworkFaults;
  publish(from: SimConnection, message: OutgoingMessage): void;
  /** The broker lets go of the connection. */
  forget(connection: SimConnection, withWill: boolean): void;
  /** What is retained on these filters. */
  deliverRetained(to: SimConnection, filters: readonly (readonly string[])[]): void;
  delivered(connection: SimConnection, topic: string, payload: Uint8Array): void;
}

type Settled = (error: Error | undefined) => void;
interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** One client's connection: ordered both ways, with delay; while its link is cut, neither end knows of it. */
export class SimConnection implements MqttConnection {
  readonly name: string;
  readonly options: DialOptions;
  /** The client takes the connection for open, and so does the broker. */
  clientUp = true;
  brokerUp = false;
  readonly #broker: BrokerSide;
  readonly #onEvent: (event: LinkEvent) => void;
  #filters: readonly (readonly string[])[];
  readonly #up: OrderedPipe;
  readonly #down: OrderedPipe;
  readonly #unsettled = new Set<Settled>();
  readonly #waiting: Waiting[] = [];
  #delivering = false;
  #cuts = 0;
  #cut = false;

  constructor(broker: BrokerSide, name: string, options: DialOptions, onEvent: (event: LinkEvent) => void) {
    this.#broker = broker;
    this.name = name;
    this.options = options;
    this.#onEvent = onEvent;
    this.#filters = options.filters.map((filter) => filter.split('/'));
    this.#up = new OrderedPipe(broker.host);
    this.#down = new OrderedPipe(broker.host);
  }

  /** @param levels the topic's. */
  wants(levels: readonly string[]): boolean {
    return this.#filters.some((filter) => topicMatches(filter, levels));
  }

  /** Messages that have come, and that the client is not done with. */
  get backlog(): number {
    return this.#waiting.length;
  }

  accepted(): void {
    this.brokerUp = true;
    this.#onEvent({ type: 'connected' });
  }

  publish(message: OutgoingMessage, settled: Settled = () => {}): void {
    if (!this.clientUp) return settled(new Error('closed'));
    if (message.qos === 1) this.#unsettled.add(settled);
    else settled(undefined);
    const lost = message.qos === 0 && this.#random() < this.#broker.faults.lossShare;
    this.#up.send(this.#delayMs(), () => {
      if (!this.brokerUp) return this.#reset();
      if (!lost) this.#broker.publish(this, message);
      if (message.qos === 1) this.#down.send(this.#delayMs(), () => this.#settle(settled, undefined));
    });
  }

  subscribe(filters: readonly string[], settled: Settled = () => {}): void {
    if (!this.clientUp) return settled(new Error('closed'));
    this.#unsettled.add(settled);
    const added = filters.map((filter) => filter.split('/'));
    this.#up.send(this.#delayMs(), () => {
      if (!this.brokerUp) return this.#reset();
      this.#filters = [...this.#filters, ...added];
      this.#down.send(this.#delayMs(), () => this.#settle(settled, undefined));
      this.#broker.deliverRetained(this, added);
    });
  }

  unsubscribe(filters: readonly string[]): void {
    this.#up.send(this.#delayMs(), () => {
      this.#filters = this.#filters.filter((levels) => !filters.includes(levels.join('/')));
    });
  }

  close(): void {
    this.#up.send(0, () => this.#broker.forget(this, false));
    this.endClient('closed');
  }

  /** Puts a message on its way to the client, behind those that are on theirs. */
  deliver(topic: string, payload: Uint8Array, retained: boolean): void {
    this.#down.send(this.#delayMs(), () => {
      if (!this.clientUp) return;
      this.#waiting.push({ topic, payload, retained });
      this.#deliverNext();
    });
  }

  /** Nothing passes any more; both ends notice when their keepalives run out, if the link is not mended before. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#cuts += 1;
    this.#up.pause();
    this.#down.pause();
    const cut = this.#cuts;
    const keepaliveMs = this.options.keepaliveSeconds * 1_500;
    const stillCut = (): boolean => this.#cut && this.#cuts === cut;
    this.#broker.host.timer(keepaliveMs, () => stillCut() && this.#broker.forget(this, true));
    const noticedMs = keepaliveMs * (0.3 + 0.7 * this.#random());
    this.#broker.host.timer(noticedMs, () => stillCut() && this.endClient('keepalive'));
  }

  mend(): void {
    if (!this.#cut) return;
    this.#cut = false;
    this.#up.resume();
    this.#down.resume();
    // The end that gave up answers the other one's next packet with a reset.
    if (!this.clientUp) this.#broker.forget(this, true);
    if (!this.brokerUp) this.#reset();
  }

  /** The broker has let go; a client behind a cut link does not hear of it. */
  endBroker(reason: string): void {
    this.brokerUp = false;
    if (!this.#cut) this.endClient(reason);
  }

  endClient(reason: string): void {
    if (!this.clientUp) return;
    this.clientUp = false;
    this.#waiting.length = 0;
    for (const settled of [...this.#unsettled]) this.#settle(settled, new Error(reason));
    this.#onEvent({ type: 'closed', reason });
  }

  #reset(): void {
    this.endClient('reset by the broker');
  }

  #settle(settled: Settled, error: Error | undefined): void {
    if (this.#unsettled.delete(settled)) settled(error);
  }

  #deliverNext(): void {
    if (this.#delivering || !this.clientUp) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#delivering = true;
    this.#broker.delivered(this, next.topic, next.payload);
    let open = true;
    const done = (): void => {
      if (!open) return;
      open = false;
      this.#delivering = false;
      this.#deliverNext();
    };
    this.#onEvent({ type: 'message', ...next, done });
  }

  #random(): number {
    return this.#broker.host.random();
  }

  #delayMs(): number {
    const { least, most } = this.#broker.faults.delayMs;
    return least + this.#random() * (most - least);
  }
}
