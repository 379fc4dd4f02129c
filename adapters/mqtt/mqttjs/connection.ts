import type { Socket } from 'node:net';
import type { IPublishPacket, MqttClient, Packet } from 'mqtt';
import { ErrorWithReasonCode } from 'mqtt/lib/shared';
import { type DialerBounds, goodbyeMs } from '../bounds.ts';
import { describe } from '../describe.ts';
import type { LinkEvent, MqttConnection, OutgoingMessage } from '../port.ts';
import { watchKeepalive } from './keepalive.ts';

type Settled = (error: Error | undefined) => void;

/** One connection of mqtt.js, from dialling to its one `closed` event. */
export class Connection implements MqttConnection {
  readonly #client: MqttClient;
  readonly #onEvent: (event: LinkEvent) => void;
  readonly #bounds: DialerBounds;
  readonly #unsettled = new Set<Settled>();
  #unsettledBytes = 0;
  #phase: 'dialling' | 'connected' | 'closing' | 'closed' = 'dialling';
  #reason = 'the connection was lost';
  #refused = false;
  #timer: NodeJS.Timeout;

  constructor(
    client: MqttClient,
    filters: readonly string[],
    onEvent: (event: LinkEvent) => void,
    bounds: DialerBounds,
  ) {
    this.#client = client;
    this.#onEvent = onEvent;
    this.#bounds = bounds;
    this.#timer = setTimeout(() => this.#cut('no connection in time'), bounds.connectTimeoutMs);
    client.handleMessage = (packet, done) => this.#deliver(packet as IPublishPacket, () => done());
    client.on('error', (error) => this.#note(error));
    client.on('connect', () => {
      // Orders are several small writes: with Nagle's algorithm the second would wait for a delayed ACK, 40 ms.
      (client.stream as Socket).setNoDelay(true);
      this.#subscribe(filters);
    });
    client.on('packetreceive', (packet) => this.#observe(packet));
    client.on('close', () => this.#closed());
    watchKeepalive(client);
  }

  publish(message: OutgoingMessage, settled: Settled = () => {}): void {
    const bytes = Buffer.byteLength(message.payload);
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) queueMicrotask(() => settled(new Error(refusal)));
    else if (message.qos === 0) this.#sendUnconfirmed(message, settled);
    else this.#sendConfirmed(message, bytes, settled);
  }

  subscribe(filters: readonly string[], settled: Settled = () => {}): void {
    if (this.#phase !== 'connected')
      return queueMicrotask(() => settled(new Error(`not connected: ${this.#reason}`)));
    this.#client.subscribe([...filters], { qos: 1 }, (error, granted) => {
      const refused = granted?.some(({ qos }) => qos === 128) === true;
      if (error || refused) settled(new Error(`the broker refused to subscribe ${filters.join(', ')}`));
      else settled(undefined);
    });
  }

  unsubscribe(filters: readonly string[]): void {
    if (this.#phase === 'connected') this.#client.unsubscribe([...filters], () => {});
  }

  close(): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    const wasConnected = this.#phase === 'connected';
    this.#phase = 'closing';
    this.#reason = 'closed here';
    if (!wasConnected) return void this.#client.end(true);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#client.stream.destroy(), goodbyeMs);
    // While messages wait for their PUBACK mqtt.js would not send DISCONNECT, and the will would follow.
    for (const id of Object.keys(this.#client.outgoing)) this.#client.removeOutgoingMessage(Number(id));
    this.#client.end(false);
  }

  #refusal(bytes: number): string | undefined {
    if (this.#phase !== 'connected') return `not connected: ${this.#reason}`;
    if (this.#unsettled.size >= this.#bounds.unsettledMessages) return 'too many unacknowledged messages';
    const waiting = Math.max(this.#unsettledBytes, (this.#client.stream as unknown as Socket).writableLength);
    return waiting + bytes > this.#bounds.unsettledBytes ? 'too many unsent bytes' : undefined;
  }

  #sendUnconfirmed(message: OutgoingMessage, settled: Settled): void {
    const { topic, payload, retain } = message;
    this.#client.publish(topic, payload as string | Buffer, { qos: 0, retain });
    queueMicrotask(() => settled(undefined));
  }

  #sendConfirmed(message: OutgoingMessage, bytes: number, settled: Settled): void {
    const settle: Settled = (error) => {
      if (!this.#unsettled.delete(settle)) return;
      this.#unsettledBytes -= bytes;
      settled(error);
    };
    this.#unsettled.add(settle);
    this.#unsettledBytes += bytes;
    const { topic, payload, retain } = message;
    this.#client.publish(topic, payload as string | Buffer, { qos: 1, retain }, (error) =>
      settle(error instanceof Error ? error : undefined),
    );
  }

  #subscribe(filters: readonly string[]): void {
    if (filters.length === 0) this.#ready();
    else this.#client.subscribe([...filters], { qos: 1 }, () => {});
  }

  /** Looks at SUBACK itself: the callback of `subscribe` comes after messages that follow it. */
  #observe(packet: Packet): void {
    if (packet.cmd !== 'suback' || this.#phase !== 'dialling') return;
    if (!packet.granted.includes(128)) return this.#ready();
    // A broker that goes by access rules alone lets in whoever has a certificate, and tells here who that is not.
    this.#refused = true;
    this.#cut('the broker refused a subscription');
  }

  #ready(): void {
    clearTimeout(this.#timer);
    this.#phase = 'connected';
    this.#onEvent({ type: 'connected' });
  }

  #deliver(packet: IPublishPacket, done: () => void): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return done();
    const { topic, payload, retain: retained } = packet;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#onEvent({ type: 'message', topic, payload: bytes, retained, done: once(done) });
  }

  #note(error: Error): void {
    if (this.#phase === 'dialling' || this.#phase === 'connected') this.#reason = describe(error);
    this.#refused = this.#phase === 'dialling' && isRefusal(error);
  }

  #cut(reason: string): void {
    this.#reason = reason;
    this.#phase = 'closing';
    this.#client.end(true);
  }

  #closed(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    const error = new Error(`not acknowledged: ${this.#reason}`);
    for (const settle of [...this.#unsettled]) settle(error);
    this.#onEvent({ type: 'closed', reason: this.#reason, ...(this.#refused && { refused: true }) });
  }
}

function once(act: () => void): () => void {
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    act();
  };
}

/** CONNACK 4, bad user name or password, and 5, not authorized (MQTT 3.1.1 §3.2.2.3). */
function isRefusal(error: Error): boolean {
  return error instanceof ErrorWithReasonCode && (error.code === 4 || error.code === 5);
}
