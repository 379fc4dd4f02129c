import type { Duplex } from 'node:stream';
import type { Host } from '@bramble/actors/index.ts';
import type { BrokerCounts } from './counts.ts';
import { ending } from './ending.ts';
import { FrameMeter } from './frame-meter.ts';
import type { BrokerLimits } from './limits.ts';
import { newRates, type Rates } from './rates.ts';

/**
 * Stands between a socket and the broker's parser: ends a connection at the header of a packet that is too large, and
 * reads no faster than the client may send. What is not read stays in the client's own socket buffers, by TCP's flow
 * control; so a flood costs nothing here, and loses nothing that was acknowledged.
 */
export class ReadGuard {
  readonly #host: Host;
  readonly #counts: BrokerCounts;
  readonly #limits: BrokerLimits;
  readonly #meter: FrameMeter;
  #rates: Rates | undefined;
  #cancelWait: (() => void) | undefined;
  readonly #socket: Duplex;
  #beforeConnack: 'nothing' | 'connect' | 'answered' = 'nothing';

  constructor(socket: Duplex, limits: BrokerLimits, host: Host, counts: BrokerCounts) {
    this.#host = host;
    this.#socket = socket;
    this.#counts = counts;
    this.#limits = limits;
    this.#meter = new FrameMeter(limits.connectBytes);
    this.#rates = newRates(limits, host.monotonic());
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => (size === 0 ? read(0) : this.#read(socket, read, size));
    socket.on('close', () => this.#cancelWait?.());
  }

  /**
   * CONNECT was accepted.
   *
   * @param rates shared by all connections of one identity; `undefined` for the controller, which alone is trusted not to flood
   */
  admit(rates: Rates | undefined): void {
    this.#meter.maxBytes = this.#limits.packetBytes;
    this.#rates = rates;
  }

  /** CONNACK has left: what the client sent in the meantime may follow. */
  answered(): void {
    this.#beforeConnack = 'answered';
    this.#socket.emit('readable');
  }

  /** Counts work that a client causes beyond the packets that it sends. */
  charge(packets: number): void {
    this.#rates?.packets.take(packets, this.#host.monotonic());
  }

  #read(socket: Duplex, read: (size?: number) => Buffer | null, size?: number): Buffer | null {
    if (this.#mustWait(socket)) return null;
    const chunk = read(size);
    if (chunk === null) return null;
    const frames = this.#meter.feed(chunk);
    if (frames === undefined) {
      this.#counts.oversized += 1;
      socket.destroy(ending('a packet that is too large or malformed'));
      return null;
    }
    if (this.#meter.whole > 0 && this.#beforeConnack === 'nothing') this.#beforeConnack = 'connect';
    const now = this.#host.monotonic();
    this.#rates?.packets.take(frames, now);
    this.#rates?.bytes.take(chunk.length, now);
    return chunk;
  }

  #mustWait(socket: Duplex): boolean {
    // A client need not wait for CONNACK (MQTT 3.1.1 §3.1.4); the parser would carry out a second read before the first.
    if (this.#cancelWait || this.#beforeConnack === 'connect') return true;
    if (this.#rates === undefined) return false;
    const now = this.#host.monotonic();
    const waitMs = Math.max(this.#rates.packets.waitMs(now), this.#rates.bytes.waitMs(now));
    if (waitMs === 0) return false;
    this.#counts.throttled += 1;
    this.#cancelWait = this.#host.timer(waitMs, () => {
      this.#cancelWait = undefined;
      socket.emit('readable');
    });
    return true;
  }
}
