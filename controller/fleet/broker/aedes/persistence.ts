import { Readable } from 'node:stream';
import type { BrokerCounts } from '../counts.ts';
import { LevelTree } from '../level-tree.ts';
import type { BrokerLimits } from '../limits.ts';

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
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
  readonly #retained = new Map<string, Message>();
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

  async storeRetained(message: Message): Promise<void> {
    const before = this.#retained.get(message.topic);
    if (before) this.#forget(before);
    if (message.payload.length === 0) return;
    // A copy: the payload is a view of the socket's buffer, which it would keep alive whole.
    const kept = { ...message, payload: Buffer.from(message.payload) };
    this.#retained.set(message.topic, kept);
    this.#topics.add(message.topic, message.topic);
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
  *#current(topics: ReadonlySet<string>): Generator<Message> {
    for (const topic of topics) {
      const message = this.#retained.get(topic);
      if (message) yield message;
    }
  }

  #forget(message: Message): void {
    this.#retained.delete(message.topic);
    this.#topics.remove(message.topic, message.topic);
    this.#counts.retainedMessages -= 1;
    this.#counts.retainedBytes -= sizeOf(message);
  }
}

function sizeOf(message: Message): number {
  return message.payload.length + message.topic.length;
}
