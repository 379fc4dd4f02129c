import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { PacketReader, type Received } from '@bramble/adapters/mqtt/client/packet-reader.ts';
import {
  acknowledgement,
  connectPacket,
  disconnect,
  pingRequest,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
} from '@bramble/adapters/mqtt/client/packets.ts';
import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';

export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

/** What all connections of a process did on the wire. */
export interface WireCounts {
  receivedBytes: number;
  sentBytes: number;
}

type Settled = (error: Error | undefined) => void;

/** As the agent's own dialer has it. */
const connectTimeoutMs = 20_000;

/** One connection as an agent has it, over a socket whose bytes are counted below TLS. */
export class LeanConnection implements MqttConnection {
  #socket: TLSSocket | undefined;
  /** Below TLS, where bytes are those on the wire. */
  readonly #wire: Socket;
  readonly #dial: DialOptions;
  readonly #onEvent: (event: LinkEvent) => void;
  readonly #reader = new PacketReader();
  readonly #unsettled = new Map<number, Settled>();
  readonly #counts: WireCounts;
  #lastId = 0;
  #phase: 'dialling' | 'connected' | 'closed' = 'dialling';
  #reason = 'the connection was lost';
  #timer: NodeJS.Timeout;
  /** Of messages that wait for the one before them to be handled, as mqtt.js hands them over. */
  readonly #arrived: Extract<Received, { type: 'publish' }>[] = [];
  #handling = false;

  constructor(
    broker: Broker,
    secureContext: SecureContext,
    dial: DialOptions,
    onEvent: (event: LinkEvent) => void,
    counts: WireCounts,
  ) {
    this.#dial = dial;
    this.#onEvent = onEvent;
    this.#counts = counts;
    this.#timer = setTimeout(() => this.#cut('no connection in time'), connectTimeoutMs);
    const { host, port, serverName: servername } = broker;
    this.#wire = connectTcp({ host, port, noDelay: true });
    this.#wire.on('error', (error) => {
      this.#reason = error.message;
    });
    this.#wire.on('close', () => this.#closed());
    this.#wire.on('connect', () => this.#secure({ servername, secureContext }));
  }

  /** So far, TLS included. */
  get bytes(): { received: number; sent: number } {
    return { received: this.#wire.bytesRead, sent: this.#wire.bytesWritten };
  }

  publish(message: OutgoingMessage, settled: Settled = () => {}): void {
    if (this.#phase !== 'connected') return queueMicrotask(() => settled(new Error(this.#reason)));
    if (message.qos === 1) this.#write(publishPacket(this.#await(settled), message));
    else {
      this.#write(publishPacket(undefined, message));
      queueMicrotask(() => settled(undefined));
    }
  }

  subscribe(filters: readonly string[], settled: Settled = () => {}): void {
    if (this.#phase !== 'connected') return queueMicrotask(() => settled(new Error(this.#reason)));
    this.#write(subscribePacket(this.#await(settled), filters));
  }

  unsubscribe(filters: readonly string[]): void {
    if (this.#phase === 'connected') this.#write(unsubscribePacket(this.#nextId(), filters));
  }

  close(): void {
    if (this.#phase === 'connected') this.#socket?.end(disconnect);
    else this.#wire.destroy();
  }

  /** Not before there is somebody to speak to: while the broker is away, boards dial often. */
  #secure(how: { readonly servername: string; readonly secureContext: SecureContext }): void {
    const socket = connect({ socket: this.#wire, ...how });
    this.#socket = socket;
    socket.on('secureConnect', () => {
      socket.write(connectPacket(this.#dial));
    });
    socket.on('data', (chunk: Buffer) => {
      this.#watchKeepalive();
      this.#reader.feed(chunk, (packet) => this.#take(packet));
    });
    socket.on('error', (error) => {
      this.#reason = error.message;
    });
    socket.on('close', () => this.#closed());
  }

  #write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  #take(packet: Received): void {
    switch (packet.type) {
      case 'connack':
        if (packet.code !== 0) return this.#cut(`refused: ${packet.code}`);
        return void this.#write(subscribePacket(this.#nextId(), this.#dial.filters));
      case 'suback':
        if (this.#phase === 'dialling') return packet.isRefused ? this.#cut('refused') : this.#ready();
        return this.#settle(packet.id, packet.isRefused ? new Error('refused') : undefined);
      case 'puback':
        return this.#settle(packet.id, undefined);
      case 'publish':
        this.#arrived.push(packet);
        return this.#handleNext();
    }
  }

  #handleNext(): void {
    const packet = this.#handling ? undefined : this.#arrived.shift();
    if (packet === undefined) return;
    this.#handling = true;
    const { topic, payload, retained, id } = packet;
    const done = (): void => {
      if (id !== undefined && this.#phase !== 'closed') this.#write(acknowledgement('puback', id));
      this.#handling = false;
      this.#handleNext();
    };
    this.#onEvent({ type: 'message', topic, payload, retained, done });
  }

  #ready(): void {
    this.#phase = 'connected';
    this.#watchKeepalive();
    this.#onEvent({ type: 'connected' });
  }

  /** As mqtt.js does: a ping when nothing came for one keepalive, and the end half of one later. */
  #watchKeepalive(): void {
    if (this.#phase !== 'connected') return;
    clearTimeout(this.#timer);
    const keepaliveMs = this.#dial.keepaliveSeconds * 1_000;
    this.#timer = setTimeout(() => {
      this.#write(pingRequest);
      this.#timer = setTimeout(() => this.#cut('no answer to a ping'), keepaliveMs / 2);
    }, keepaliveMs);
  }

  #await(settled: Settled): number {
    const id = this.#nextId();
    this.#unsettled.set(id, settled);
    return id;
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 65_535) + 1;
    return this.#lastId;
  }

  #settle(id: number, error: Error | undefined): void {
    const settled = this.#unsettled.get(id);
    this.#unsettled.delete(id);
    settled?.(error);
  }

  #cut(reason: string): void {
    this.#reason = reason;
    this.#socket?.destroy();
    this.#wire.destroy();
  }

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#counts.receivedBytes += this.#wire.bytesRead;
    this.#counts.sentBytes += this.#wire.bytesWritten;
    for (const settled of [...this.#unsettled.values()]) settled(new Error(this.#reason));
    this.#onEvent({ type: 'closed', reason: this.#reason });
  }
}
