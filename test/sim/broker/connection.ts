import type { Host } from '@bramble/actors/index.ts';
import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { NetworkFaults } from './network-faults.ts';
import { OrderedPipe } from './ordered-pipe.ts';
import { topicMatches } from './topic-filter.ts';

/** The broker's side of a connection. */
export interface BrokerSide {
  readonly host: Host;
  readonly faults: NetworkFaults;
  /** Milliseconds that a client of this name takes for each message; 0 where nothing slows it down. */
  slownessOf(name: string): number;
  publish(from: SimConnection, message: OutgoingMessage): void;
  /** The broker lets go of the connection. */
  forget(connection: SimConnection, withWill: boolean): void;
  /** What is retained on these filters. */
  deliverRetained(to: SimConnection, filters: readonly (readonly string[])[]): void;
  delivered(connection: SimConnection, topic: string, payload: Uint8Array): void;
}

type Settled = (error: Error | undefined) => void;
/** Messages that may be on their way to a client that takes them slowly; the broker lets go of it then. */
const mostOnTheWay = 200;

interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  /** It came with all that a cut had kept on the way, the moment the link was mended. */
  readonly heldBack: boolean;
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
  #onTheWay = 0;
  #freeAtMs = 0;
  #cuts = 0;
  #cut = false;
  #mending = false;

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

  /**
   * Messages that have come, and that the client is not done with. Not those that a cut had held back: however fast the client
   * is, they come all at once, and are bounded by what may be on the way.
   */
  get backlog(): number {
    return this.#waiting.filter(({ heldBack }) => !heldBack).length;
  }

  /** What it took slowly is still coming. */
  get lags(): boolean {
    return this.#freeAtMs > this.#broker.host.monotonic();
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
    const handle = (): void => {
      if (!this.brokerUp) return this.#reset();
      if (!lost) this.#broker.publish(this, message);
    };
    const acknowledge = (): void => {
      if (this.brokerUp && message.qos === 1)
        this.#down.send(this.#delayMs(), () => this.#settle(settled, undefined), this.#lane('acks'));
    };
    const take = (): void => {
      handle();
      acknowledge();
    };
    this.#up.send(this.#delayMs(), take, this.#lane(message.topic));
    if (message.qos === 1 && this.#random() < this.#broker.faults.duplicateShare)
      this.#up.send(this.#delayMs(), handle, this.#lane(message.topic));
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
    this.#onTheWay += 1;
    if (this.#onTheWay > mostOnTheWay) return this.#broker.forget(this, true);
    const handover = (): void => {
      this.#onTheWay -= 1;
      if (!this.clientUp) return;
      this.#waiting.push({ topic, payload, retained, heldBack: this.#mending });
      this.#deliverNext();
    };
    this.#down.send(this.#paceMs() + this.#delayMs(), handover, this.#lane(topic));
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
    this.#mending = true;
    this.#up.resume();
    this.#down.resume();
    this.#mending = false;
    // The end that gave up answers the other one's next packet with a reset.
    if (!this.clientUp) this.#broker.forget(this, true);
    if (!this.brokerUp) this.#reset();
  }

  /** The broker has let go; a client behind a cut link does not hear of it. */
  endBroker(reason: string): void {
    this.brokerUp = false;
    if (!this.#cut) this.endClient(reason);
  }

  /** A FIN, and no DISCONNECT before it: the will is published. */
  sendEnd(): void {
    this.#up.send(0, () => this.#broker.forget(this, true));
  }

  /** The broker has let go, and the client finds out when it says something, or when no answer comes to its ping. */
  orphan(): void {
    this.brokerUp = false;
    const noticedMs = this.options.keepaliveSeconds * 1_500 * this.#random();
    this.#broker.host.timer(noticedMs, () => this.endClient('keepalive'));
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
    const { topic, payload, retained } = next;
    this.#broker.delivered(this, topic, payload);
    let open = true;
    const done = (): void => {
      if (!open) return;
      open = false;
      this.#delivering = false;
      this.#deliverNext();
    };
    this.#onEvent({ type: 'message', topic, payload, retained, done });
  }

  #random(): number {
    return this.#broker.host.random();
  }

  /** What a slow client takes, it takes one after the other. */
  #paceMs(): number {
    const nowMs = this.#broker.host.monotonic();
    const slownessMs = this.#broker.slownessOf(this.name);
    if (slownessMs === 0) return 0;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + slownessMs;
    return this.#freeAtMs - nowMs;
  }

  #lane(topic: string): string | undefined {
    return this.#broker.faults.reorders ? topic : undefined;
  }

  #delayMs(): number {
    const { least, most } = this.#broker.faults.delayMs;
    return least + this.#random() * (most - least);
  }
}
