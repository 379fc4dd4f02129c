import type { Host } from '@bramble/actors/index.ts';
import type {
  DialOptions,
  LinkEvent,
  MqttConnection,
  MqttDialer,
  OutgoingMessage,
} from '@bramble/adapters/mqtt/port.ts';
import { SimConnection } from './connection.ts';
import { type NetworkFaults, noFaults } from './faults.ts';

const connectMs = 5;

/** An MQTT 3.1.1 broker with clean sessions, and the network in front of it, under a virtual clock. */
export class SimBroker {
  readonly host: Host;
  faults: NetworkFaults = noFaults;
  up = true;
  delivered = 0;
  readonly #connections = new Map<string, SimConnection>();
  readonly #retained = new Map<string, Uint8Array>();
  /** Clients whose links carry nothing, without either end knowing. */
  readonly #cut = new Set<string>();

  constructor(host: Host) {
    this.host = host;
  }

  /** A dialer for one client; `name` is what `cut` and `mend` call it. */
  dialer(name: string): MqttDialer {
    return { dial: (options, onEvent) => this.#dial(name, options, onEvent) };
  }

  isCut(name: string): boolean {
    return this.#cut.has(name);
  }

  /** From now on nothing goes through; both ends find out after one and a half keepalives. */
  cut(name: string): void {
    this.#cut.add(name);
    for (const connection of this.#connections.values())
      if (connection.name === name) connection.goHalfOpen();
  }

  mend(name: string): void {
    this.#cut.delete(name);
  }

  /** Ends all connections; retained messages stay or are lost. Wills of that moment are not published. */
  restart(keepRetained: boolean): void {
    const ended = [...this.#connections.values()];
    this.#connections.clear();
    if (!keepRetained) this.#retained.clear();
    for (const connection of ended) connection.end('the broker was restarted');
  }

  /** The client's process died: the broker notices at once and publishes the will. */
  kill(name: string): void {
    for (const connection of [...this.#connections.values()])
      if (connection.name === name) this.drop(connection, 'the client died', true);
  }

  publish(from: SimConnection, message: OutgoingMessage): void {
    const payload = typeof message.payload === 'string' ? Buffer.from(message.payload) : message.payload;
    this.#route(message.topic, payload, message.retain, message.qos, from);
  }

  /** Ends a connection from the broker's side. */
  drop(connection: SimConnection, reason: string, withWill: boolean): void {
    if (this.#connections.get(connection.clientId) !== connection) return;
    this.#connections.delete(connection.clientId);
    connection.end(reason);
    if (withWill) this.#publishWill(connection);
  }

  random(): number {
    return this.host.random();
  }

  delayMs(): number {
    const { least, most } = this.faults.delayMs;
    return least + this.random() * (most - least);
  }

  #dial(name: string, options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
    const connection = new SimConnection(this, name, options, onEvent);
    this.host.timer(connectMs + this.delayMs(), () => this.#accept(connection));
    return connection;
  }

  #accept(connection: SimConnection): void {
    if (connection.ended) return;
    if (!this.up || this.#cut.has(connection.name)) return connection.end('no answer from the broker');
    const old = this.#connections.get(connection.clientId);
    if (old) this.drop(old, 'taken over', true);
    this.#connections.set(connection.clientId, connection);
    connection.accepted();
    for (const [topic, payload] of this.#retained)
      if (connection.wants(topic)) connection.deliver(topic, payload, true, this.delayMs());
  }

  #publishWill({ options }: SimConnection): void {
    const { will } = options;
    if (!will) return;
    const late = this.random() < this.faults.lateWillShare ? this.random() * this.faults.lateWillMs : 0;
    this.host.timer(late, () => this.#route(will.topic, will.payload, will.retain, 1, undefined));
  }

  #route(
    topic: string,
    payload: Uint8Array,
    retain: boolean,
    qos: 0 | 1,
    from: SimConnection | undefined,
  ): void {
    if (retain && payload.length === 0) this.#retained.delete(topic);
    else if (retain) this.#retained.set(topic, payload);
    for (const connection of this.#connections.values()) {
      if (!connection.wants(topic)) continue;
      if (qos === 0 && connection !== from && this.random() < this.faults.lossShare) continue;
      connection.deliver(topic, payload, false, this.delayMs());
      if (qos === 1 && this.random() < this.faults.duplicateShare)
        connection.deliver(topic, payload, false, this.delayMs());
    }
  }
}
