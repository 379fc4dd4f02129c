import type { Host } from '@bramble/actors/index.ts';
import type {
  DialOptions,
  LinkEvent,
  MqttConnection,
  MqttDialer,
  OutgoingMessage,
} from '@bramble/adapters/mqtt/port.ts';
import { BrokerAccess, type Rules } from './access.ts';
import { type BrokerSide, SimConnection } from './connection.ts';
import { type NetworkFaults, noFaults } from './network-faults.ts';
import { topicMatches } from './topic-filter.ts';

const connectMs = 5;
/** A link that is cut does not answer the dialling either. */
const noAnswerMs = 5_000;

const keptOrders = 30;
/** A broker that writes what is retained now and then has lost the newest of it after a crash. */
const snapshotMs = 30_000;
const birth = /\/nodes\/[^/]+\/session$/;
const ordersOf = /\/nodes\/([^/]+)\/(?:manifest|objects|acks)/;

export interface Order {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface BrokerObserver {
  readonly onDelivered?: (name: string, topic: string, payload: Uint8Array) => void;
  readonly onPublished?: (name: string, topic: string, payload: Uint8Array) => void;
}

/** An MQTT 3.1.1 broker with clean sessions, and the network in front of it, under a virtual clock. */
export class SimBroker implements BrokerSide {
  readonly host: Host;
  faults: NetworkFaults = noFaults;
  up = true;
  /** Where nothing more can be retained, what boards say of themselves goes only to those who listen. */
  keepsBirths = true;
  /** Clients that take their messages slowly: milliseconds for each. */
  readonly slow = new Map<string, number>();
  /** Topic → payload. */
  readonly retained = new Map<string, Uint8Array>();
  /** Who may say and hear what, as the real broker has it. */
  access: Rules = new BrokerAccess();
  /** The newest orders that went to each board: what a broker that means ill can say again. */
  readonly orders = new Map<string, Order[]>();
  readonly #observer: BrokerObserver;
  readonly #connections = new Map<string, SimConnection>();
  readonly #all = new Set<SimConnection>();
  readonly #cut = new Set<string>();
  readonly #turns = new Map<string, number>();
  readonly #turnedMs = new Map<string, number>();
  #snapshot: ReadonlyMap<string, Uint8Array> = new Map();
  #snapshotAtMs = 0;

  constructor(host: Host, observer: BrokerObserver = {}) {
    this.host = host;
    this.#observer = observer;
  }

  /** A dialer for one client; `name` is what `cut` and `mend` call it. */
  dialer(name: string): MqttDialer {
    return { dial: (options, onEvent) => this.#dial(name, options, onEvent) };
  }

  /** Grows with each beginning and end of the client's connections; `undefined` while it has none that is whole. */
  linkOf(name: string): number | undefined {
    return this.isConnected(name) ? this.#turns.get(name) : undefined;
  }

  /** The longest row of messages that a client has not taken yet, and whose it is. */
  get longestBacklog(): { readonly name: string; readonly backlog: number } {
    let longest = { name: '', backlog: 0 };
    for (const { name, backlog } of this.#all) if (backlog > longest.backlog) longest = { name, backlog };
    return longest;
  }

  /** The client does not have yet what was sent to it some time ago. */
  lags(name: string): boolean {
    return this.slow.has(name) || [...this.#all].some((one) => one.name === name && one.lags);
  }

  isCut(name: string): boolean {
    return this.#cut.has(name);
  }

  /** Since when the client's connection stands without a break; `undefined` while it does not. */
  linkedSinceMs(name: string): number | undefined {
    return this.isConnected(name) ? this.#turnedMs.get(name) : undefined;
  }

  /** Both ends take the client's connection for open, and its link is whole. */
  isConnected(name: string): boolean {
    if (this.#cut.has(name)) return false;
    return [...this.#all].some((one) => one.name === name && one.clientUp && one.brokerUp);
  }

  /** From now on nothing goes through, without either end knowing. What is mended before they know was a delay, and no more. */
  cut(name: string): void {
    this.#count(name);
    this.#cut.add(name);
    for (const connection of this.#all) if (connection.name === name) connection.cut();
  }

  mend(name: string): void {
    this.#cut.delete(name);
    for (const connection of this.#all) if (connection.name === name) connection.mend();
    this.#sweep();
  }

  slownessOf(name: string): number {
    return this.slow.get(name) ?? 0;
  }

  /** The broker lets go of the client's connection, and something between them swallows what it says about that. */
  halfOpen(name: string): void {
    for (const connection of [...this.#all])
      if (connection.name === name && connection.brokerUp) this.forget(connection, true, false);
  }

  /** The broker's process ends: all connections with it, and no will is published. What was retained stays, is lost, or is what it once was. */
  stop(retained: 'kept' | 'lost' | 'old'): void {
    this.up = false;
    const left = retained === 'kept' ? new Map(this.retained) : retained === 'old' ? this.#snapshot : [];
    this.retained.clear();
    for (const [topic, payload] of left) this.retained.set(topic, payload);
    const ended = [...this.#connections.values()];
    this.#connections.clear();
    for (const connection of ended) connection.endBroker('the broker has stopped');
    this.#sweep();
  }

  start(): void {
    this.up = true;
  }

  keepBirths(keeps: boolean): void {
    this.keepsBirths = keeps;
    if (!keeps) for (const topic of this.retained.keys()) if (birth.test(topic)) this.retained.delete(topic);
  }

  /** The client's process died. Its kernel says so, behind what it was given to send, unless the power went or the link is cut. */
  kill(name: string, kernelLives: boolean): void {
    for (const connection of [...this.#all]) {
      if (connection.name !== name) continue;
      if (!kernelLives) connection.cut();
      else connection.sendEnd();
      connection.endClient('the process has died');
    }
    this.#sweep();
  }

  publish(from: SimConnection, { topic, payload, retain, qos }: OutgoingMessage): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // As the real one: MQTT 3.1.1 cannot say no, so that it is acknowledged and goes nowhere.
    if (!this.access.mayPublish(from.name, topic)) return;
    this.#remember(topic, bytes);
    this.#observer.onPublished?.(from.name, topic, bytes);
    this.#route(topic, bytes, retain, qos);
  }

  /** What the broker itself says, in nobody's name. */
  inject(topic: string, payload: Uint8Array): void {
    this.#observer.onPublished?.('the broker', topic, payload);
    this.#route(topic, payload, false, 1);
  }

  /** @param told whether the client hears of it. */
  forget(connection: SimConnection, withWill: boolean, told = true): void {
    const { clientId } = connection.options;
    if (this.#connections.get(clientId) !== connection) return;
    this.#connections.delete(clientId);
    this.#turn(connection.name);
    if (told) connection.endBroker('the broker has closed the connection');
    else connection.orphan();
    this.#sweep();
    if (withWill) this.#publishWill(connection);
  }

  deliverRetained(to: SimConnection, filters: readonly (readonly string[])[]): void {
    for (const [topic, payload] of this.retained) {
      const levels = topic.split('/');
      if (filters.some((filter) => topicMatches(filter, levels))) to.deliver(topic, payload, true);
    }
  }

  delivered(connection: SimConnection, topic: string, payload: Uint8Array): void {
    this.#observer.onDelivered?.(connection.name, topic, payload);
  }

  #dial(name: string, options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
    const filters = options.filters.filter((filter) => this.access.maySubscribe(name, filter));
    const connection = new SimConnection(this, name, { ...options, filters }, onEvent);
    this.#all.add(connection);
    if (this.#cut.has(name)) this.host.timer(noAnswerMs, () => connection.endClient('no answer'));
    else this.host.timer(connectMs + this.faults.delayMs.most, () => this.#accept(connection));
    return connection;
  }

  #accept(connection: SimConnection): void {
    const { name, clientUp, options } = connection;
    if (!clientUp) return this.#sweep();
    if (!this.up || this.#cut.has(name)) {
      connection.endClient('no answer from the broker');
      return this.#sweep();
    }
    const old = this.#connections.get(options.clientId);
    if (old) this.forget(old, true);
    this.#connections.set(options.clientId, connection);
    this.#turn(name);
    connection.accepted();
    for (const [topic, payload] of this.retained)
      if (connection.wants(topic.split('/'))) connection.deliver(topic, payload, true);
  }

  #publishWill({ options: { will }, name }: SimConnection): void {
    if (!will) return;
    const late = this.host.random() < this.faults.lateWillShare;
    const publish = (): void => {
      if (!this.up) return;
      this.#observer.onPublished?.(`${name} (will)`, will.topic, will.payload);
      this.#route(will.topic, will.payload, will.retain, 1);
    };
    if (late) this.host.timer(this.host.random() * this.faults.lateWillMs, publish);
    else publish();
  }

  #route(topic: string, payload: Uint8Array, retain: boolean, qos: 0 | 1): void {
    const keeps = retain && (this.keepsBirths || !birth.test(topic));
    if (keeps) this.#remind();
    if (keeps && payload.length === 0) this.retained.delete(topic);
    else if (keeps) this.retained.set(topic, payload);
    const levels = topic.split('/');
    for (const connection of this.#connections.values()) {
      if (!connection.wants(levels)) continue;
      if (qos === 0 && this.host.random() < this.faults.lossShare) continue;
      connection.deliver(topic, payload, false);
      if (qos === 1 && this.host.random() < this.faults.duplicateShare)
        connection.deliver(topic, payload, false);
    }
  }

  #remind(): void {
    const nowMs = this.host.monotonic();
    if (nowMs - this.#snapshotAtMs < snapshotMs) return;
    this.#snapshotAtMs = nowMs;
    this.#snapshot = new Map(this.retained);
  }

  #turn(name: string): void {
    this.#count(name);
    this.#turnedMs.set(name, this.host.monotonic());
  }

  #count(name: string): void {
    this.#turns.set(name, (this.#turns.get(name) ?? 0) + 1);
  }

  #remember(topic: string, payload: Uint8Array): void {
    const node = ordersOf.exec(topic)?.[1];
    if (node === undefined) return;
    const known = this.orders.get(node) ?? [];
    this.orders.set(node, [...known.slice(-keptOrders), { topic, payload }]);
  }

  #sweep(): void {
    for (const connection of this.#all)
      if (!connection.clientUp && !connection.brokerUp) this.#all.delete(connection);
  }
}
