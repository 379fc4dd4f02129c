import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type DialerBounds, goodbyeMs } from './bounds.ts';
import { describe } from './describe.ts';
import { Inbound } from './inbound.ts';
import { Keepalive } from './keepalive.ts';
import { PacketReader, type Received } from './packet-reader.ts';
import {
  type Connect,
  connectPacket,
  disconnect,
  pingRequest,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
} from './packets.ts';
import type { DialOptions, LinkEvent, MqttConnection, OutgoingMessage } from './port.ts';

type Settled = (error: Error | undefined) => void;

/** CONNACK's codes (MQTT 3.1.1 §3.2.2.3). */
const refusals = [
  'Unacceptable protocol version',
  'Identifier rejected',
  'Server unavailable',
  'Bad username or password',
  'Not authorized',
];
/** Of these, what says that we are not let in as who we are. */
const strangerCodes = [4, 5];

const refused = new Error('the broker refused');

/** One connection of MQTT 3.1.1, from dialling to its one `closed` event. */
export class Connection implements MqttConnection {
  readonly #socket: Socket;
  readonly #connect: Connect & Pick<DialOptions, 'filters'>;
  readonly #onEvent: (event: LinkEvent) => void;
  readonly #bounds: DialerBounds;
  readonly #reader = new PacketReader();
  readonly #inbound: Inbound;
  readonly #keepalive: Keepalive;
  /** What the broker has to acknowledge, by packet id. */
  readonly #unsettled = new Map<number, { readonly settled: Settled; readonly bytes: number }>();
  #unsettledBytes = 0;
  #lastId = 0;
  #isGathering = false;
  #phase: 'dialling' | 'connected' | 'closing' | 'closed' = 'dialling';
  #reason = 'the connection was lost';
  #isAccepted = false;
  #refused = false;
  #timer: NodeJS.Timeout;

  /** @throws what `open` throws, and RangeError for what does not fit into CONNECT; nothing is left behind then. */
  constructor(
    open: (onError: (error: Error) => void) => Socket,
    connect: Connect & Pick<DialOptions, 'filters'>,
    onEvent: (event: LinkEvent) => void,
    bounds: DialerBounds,
  ) {
    this.#connect = connect;
    this.#onEvent = onEvent;
    this.#bounds = bounds;
    const hello = connectPacket(connect);
    const socket = open((error) => this.#note(error));
    this.#socket = socket;
    this.#inbound = new Inbound(socket, onEvent, (bytes) => this.#write(bytes));
    this.#keepalive = new Keepalive(connect.keepaliveSeconds, {
      ping: () => this.#write(pingRequest),
      giveUp: () => this.#cut('the broker no longer answers'),
      bytesRead: () => socket.bytesRead,
      isPaused: () => socket.isPaused(),
    });
    // Orders are several small writes: with Nagle's algorithm the second would wait for a delayed ACK, 40 ms.
    socket.setNoDelay(true);
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => this.#write(hello));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#note(error));
    socket.on('close', () => this.#closed());
    this.#timer = setTimeout(() => this.#cut('no connection in time'), bounds.connectTimeoutMs);
  }

  publish(message: OutgoingMessage, settled: Settled = () => {}): void {
    const bytes = Buffer.byteLength(message.payload);
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) return queueMicrotask(() => settled(new Error(refusal)));
    if (message.qos === 1) {
      const id = this.#freeId();
      const packet = publishPacket(id, message);
      this.#await(id, settled, bytes);
      return this.#write(packet);
    }
    this.#write(publishPacket(undefined, message));
    queueMicrotask(() => settled(undefined));
  }

  subscribe(filters: readonly string[], settled: Settled = () => {}): void {
    if (this.#phase !== 'connected')
      return queueMicrotask(() => settled(new Error(`not connected: ${this.#reason}`)));
    const told: Settled = (error) =>
      settled(error === refused ? new Error(`the broker refused to subscribe ${filters.join(', ')}`) : error);
    const id = this.#freeId();
    const packet = subscribePacket(id, filters);
    this.#await(id, told, 0);
    this.#write(packet);
  }

  unsubscribe(filters: readonly string[]): void {
    if (this.#phase === 'connected') this.#write(unsubscribePacket(this.#freeId(), filters));
  }

  close(): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    if (this.#phase === 'dialling') return this.#cut('closed here');
    this.#leave('closed here');
    this.#timer = setTimeout(() => this.#socket.destroy(), goodbyeMs);
    this.#socket.end(disconnect);
    // What is not read would keep the end of the stream from being seen.
    this.#socket.resume();
  }

  #refusal(bytes: number): string | undefined {
    if (this.#phase !== 'connected') return `not connected: ${this.#reason}`;
    if (this.#unsettled.size >= this.#bounds.unsettledMessages) return 'too many unacknowledged messages';
    const waiting = Math.max(this.#unsettledBytes, this.#socket.writableLength);
    return waiting + bytes > this.#bounds.unsettledBytes ? 'too many unsent bytes' : undefined;
  }

  #write(bytes: Buffer): void {
    this.#keepalive.sent();
    if (!this.#isGathering) this.#gather();
    this.#socket.write(bytes);
  }

  /** What is said before others have their turn goes out together: a handover to the system costs more than a message. */
  #gather(): void {
    this.#isGathering = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#isGathering = false;
      this.#socket.uncork();
    });
  }

  #read(chunk: Buffer): void {
    this.#keepalive.heard();
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    try {
      this.#reader.feed(chunk, (packet) => this.#take(packet));
    } catch (error) {
      this.#cut(`what the broker sends is not MQTT 3.1.1: ${describe(error as Error)}`);
    }
  }

  #take(packet: Received): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    if (packet.type === 'publish') this.#inbound.take(packet);
    else if (packet.type === 'pubrel') this.#inbound.released(packet.id);
    else if (packet.type === 'puback') this.#settle(packet.id, undefined);
    else if (packet.type === 'connack') this.#accepted(packet.code);
    else if (packet.type === 'suback') this.#granted(packet);
  }

  #accepted(code: number): void {
    if (this.#isAccepted) return this.#cut('the broker accepted twice');
    if (code !== 0) {
      this.#refused = strangerCodes.includes(code);
      return this.#cut(`Connection refused: ${refusals[code - 1] ?? `code ${code}`}`);
    }
    this.#isAccepted = true;
    this.#keepalive.start();
    const { filters } = this.#connect;
    if (filters.length === 0) this.#ready();
    else this.#write(subscribePacket(this.#freeId(), filters));
  }

  #granted({ id, isRefused }: Extract<Received, { type: 'suback' }>): void {
    if (this.#phase === 'connected') return this.#settle(id, isRefused ? refused : undefined);
    if (!this.#isAccepted) return this.#cut('the broker granted what it was not asked for');
    if (!isRefused) return this.#ready();
    // A broker that goes by access rules alone lets in whoever has a certificate, and tells here who that is not.
    this.#refused = true;
    this.#cut('the broker refused a subscription');
  }

  #ready(): void {
    clearTimeout(this.#timer);
    this.#phase = 'connected';
    this.#onEvent({ type: 'connected' });
  }

  #await(id: number, settled: Settled, bytes: number): void {
    this.#unsettled.set(id, { settled, bytes });
    this.#unsettledBytes += bytes;
  }

  /** There are 65,535, more than may be unsettled. */
  #freeId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1;
    while (this.#unsettled.has(this.#lastId));
    return this.#lastId;
  }

  #settle(id: number, error: Error | undefined): void {
    const found = this.#unsettled.get(id);
    if (found === undefined) return;
    this.#unsettled.delete(id);
    this.#unsettledBytes -= found.bytes;
    found.settled(error);
  }

  #note(error: Error): void {
    if (this.#phase === 'dialling' || this.#phase === 'connected') this.#reason = describe(error);
  }

  /** From here on nothing is told but `closed`. */
  #leave(reason: string): void {
    this.#reason = reason;
    this.#phase = 'closing';
    clearTimeout(this.#timer);
    this.#keepalive.stop();
    this.#inbound.stop();
  }

  #cut(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#leave(reason);
    this.#socket.destroy();
  }

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#leave(this.#reason);
    this.#phase = 'closed';
    const error = new Error(`not acknowledged: ${this.#reason}`);
    for (const id of [...this.#unsettled.keys()]) this.#settle(id, error);
    this.#onEvent({ type: 'closed', reason: this.#reason, ...(this.#refused && { refused: true }) });
  }
}
