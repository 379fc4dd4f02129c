import { LevelTree } from '../level-tree.ts';

type Packet = { topic: string; brokerId?: string | undefined; brokerCounter?: number };
type Deliver = (packet: Packet, delivered: () => void) => void;

/**
 * Hands each message to the clients that subscribe to it, and waits for none of them: a client that does not read then
 * delays nobody, neither other clients nor the sender. What waits for a client is bounded elsewhere, by its bytes.
 */
export class Emitter {
  readonly #subscriptions = new LevelTree<Deliver>();

  /** aedes asks for these names; `concurrency` only sizes a listener limit. */
  readonly concurrency = 0;

  on(filter: string, deliver: Deliver, done?: () => void): this {
    this.#subscriptions.add(filter, deliver);
    if (done) setImmediate(done);
    return this;
  }

  removeListener(filter: string, deliver: Deliver, done?: () => void): this {
    this.#subscriptions.remove(filter, deliver);
    if (done) setImmediate(done);
    return this;
  }

  emit(packet: Packet, done: () => void): this {
    // aedes drops, for each client, a message that is numbered lower than one it had before; and it numbers messages
    // before it stores them, so that a retained one that is overtaken by one that is not would be lost. Unnumbered here,
    // it is numbered anew on delivery.
    const unnumbered = { ...packet, brokerId: undefined, brokerCounter: 0 };
    for (const deliver of this.#subscriptions.matchTopic(packet.topic)) deliver(unnumbered, ignore);
    setImmediate(done);
    return this;
  }

  close(done: () => void): this {
    setImmediate(done);
    return this;
  }
}

function ignore(): void {}
