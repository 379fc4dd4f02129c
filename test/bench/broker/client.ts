import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { connectPacket, subscribePacket } from '@bramble/adapters/mqtt/packets.ts';
import type { BenchBroker } from './brokers.ts';
import { FrameCounter } from './frame-counter.ts';
import type { Proof } from './parties.ts';

const patienceMs = 60_000;

/** An MQTT connection with as little of a client as counts messages: what it costs is not to hide what the broker costs. */
export class Client {
  readonly #socket: TLSSocket;
  readonly #frames = new FrameCounter();
  /** Called with how many have come since it was called last. */
  onReceived: (messages: number) => void = () => {};
  #waiting: { readonly holds: () => boolean; readonly met: () => void } | undefined;

  static async open(broker: BenchBroker, ca: string, proof: Proof, clientId: string): Promise<Client> {
    const { cert, key } = proof;
    const socket = connect({
      host: '127.0.0.1',
      port: broker.port,
      ca,
      cert,
      key,
      checkServerIdentity: () => undefined,
    });
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(patienceMs) });
    socket.setNoDelay(true);
    const client = new Client(socket);
    socket.write(connectPacket({ clientId, keepaliveSeconds: 0, will: undefined }));
    await client.#until(() => client.#frames.connacks === 1);
    return client;
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#read(chunk));
  }

  get pubacks(): number {
    return this.#frames.pubacks;
  }

  get received(): number {
    return this.#frames.publishes;
  }

  async subscribe(filters: readonly string[]): Promise<void> {
    const before = this.#frames.subacks;
    this.#socket.write(subscribePacket(1, filters));
    await this.#until(() => this.#frames.subacks > before);
  }

  /** Resolves when so many messages have come in all. */
  receives(messages: number): Promise<void> {
    return this.#until(() => this.received >= messages);
  }

  acknowledged(publishes: number): Promise<void> {
    return this.#until(() => this.pubacks >= publishes);
  }

  write(packets: Buffer): void {
    this.#socket.write(packets);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const before = this.#frames.publishes;
    const answer = this.#frames.feed(chunk);
    if (answer) this.#socket.write(answer);
    const came = this.#frames.publishes - before;
    if (came > 0) this.onReceived(came);
    if (!this.#waiting?.holds()) return;
    this.#waiting.met();
    this.#waiting = undefined;
  }

  async #until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = { holds, met: resolve };
    const fail = (): void => reject(new Error('the broker ended the connection, or did not answer'));
    const timer = setTimeout(fail, patienceMs);
    this.#socket.once('close', fail);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#socket.off('close', fail);
    });
  }
}
