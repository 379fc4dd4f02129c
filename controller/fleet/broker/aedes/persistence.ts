import { Readable } from 'node:stream';
import type { BrokerCounts } from '../counts.ts';
import { LevelTree } from '../level-tree.ts';
import type { BrokerLimits } from '../limits.ts';

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos?: 0 | 1 | 2;
}

/** A buffer for each would take several times what is in it. */
interface Retained {
  readonly topic: string;
  /** A character of Latin-1 for each byte. */
  readonly bytes: string;
  readonly qos: 0 | 1 | 2;
}

interface Numbered {
  readonly messageId?: number;
}

interface Client {
  readonly id: string;
}

/**
 * What aedes stores, in memory. Sessions are clean (ARCHITECTURE §5), so nothing is kept for clients that are away; what
 * remains is retained messages, and which QoS 2 messages of a client are half-way.
 */
export class Persistence {
  readonly #limits: BrokerLimits;
  readonly #counts: BrokerCounts;
  readonly #retained = new Map<string, Retained>();
  readonly #topics = new LevelTree<string>();
  readonly #halfway = new Map<string, Set<number | undefined>>();

  constructor(limits: BrokerLimits, counts: BrokerCounts) {
    this.#limits = limits;
    this.#counts = counts;
  }

  /** How many retained messages a subscription would bring. */
  countRetained(filter: string): number {
    return this.#topics.matchFilter(filter).length;
  }

  /** Whether one more message can be kept; an empty one always can, since it removes. */
  canRetain(topic: string, payloadBytes: number): boolean {
    if (payloadBytes === 0) return true;
    const before = this.#retained.get(topic);
    const messages = this.#counts.retainedMessages + (before ? 0 : 1);
    const bytes = this.#counts.retainedBytes + payloadBytes + topic.length - (before ? sizeOf(before) : 0);
    return messages <= this.#limits.retainedMessages && bytes <= this.#limits.retainedBytes;
  }

  async setup(_broker: unknown): Promise<void> {}

  async storeRetained({ topic, payload, qos = 0 }: Message): Promise<void> {
    const before = this.#retained.get(topic);
    if (before) this.#forget(before);
    if (payload.length === 0) return;
    const { buffer, byteOffset, length } = payload;
    const kept = { topic, bytes: Buffer.from(buffer, byteOffset, length).toString('latin1'), qos };
    this.#retained.set(topic, kept);
    this.#topics.add(topic, topic);
    this.#counts.retainedMessages += 1;
    this.#counts.retainedBytes += sizeOf(kept);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const topics = new Set(filters.flatMap((filter) => this.#topics.matchFilter(filter)));
    return Readable.from(this.#current(topics));
  }

  async incomingStorePacket(client: Client, packet: Numbered): Promise<void> {
    const halfway = this.#halfway.get(client.id) ?? new Set();
    halfway.add(packet.messageId);
    this.#halfway.set(client.id, halfway);
  }

  async incomingGetPacket(client: Client, packet: Numbered): Promise<Numbered> {
    if (this.#halfway.get(client.id)?.has(packet.messageId)) return packet;
    throw new Error('no such packet');
  }

  async incomingDelPacket(client: Client, packet: Numbered): Promise<void> {
    if (!this.#halfway.get(client.id)?.delete(packet.messageId)) throw new Error('no such packet');
  }

  async cleanIncoming(client: Client): Promise<void> {
    this.#halfway.delete(client.id);
  }

  // The rest is about sessions that outlive a connection, of which there are none.

  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async subscriptionsByClient(): Promise<never[]> {
    return [];
  }
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }
  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async outgoingClearMessageId(): Promise<undefined> {
    return undefined;
  }
  outgoingStream(): Readable {
    return Readable.from([]);
  }
  async putWill(): Promise<void> {}
  async delWill(): Promise<undefined> {
    return undefined;
  }
  streamWill(): Readable {
    return Readable.from([]);
  }
  async destroy(): Promise<void> {}

  /** A slow subscriber takes minutes for many; each message is looked up when its turn comes, so it is never an old one. */
  *#current(topics: ReadonlySet<string>): Generator<Message & { cmd: string; retain: true }> {
    for (const topic of topics) {
      const retained = this.#retained.get(topic);
      if (retained === undefined) continue;
      const { bytes, qos } = retained;
      yield { cmd: 'publish', topic, payload: Buffer.from(bytes, 'latin1'), qos, retain: true };
    }
  }

  #forget(message: Retained): void {
    this.#retained.delete(message.topic);
    this.#topics.remove(message.topic, message.topic);
    this.#counts.retainedMessages -= 1;
    this.#counts.retainedBytes -= sizeOf(message);
  }
}

function sizeOf({ topic, bytes }: Retained): number {
  return bytes.length + topic.length;
}
