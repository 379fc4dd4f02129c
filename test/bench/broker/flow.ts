import { setTimeout as pause } from 'node:timers/promises';
import { publishPacket } from '@bramble/adapters/mqtt/packets.ts';
import type { Client } from './client.ts';

export interface Flow {
  readonly senders: readonly Client[];
  readonly receivers: readonly Client[];
  /** Of each sender, in their order. */
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  /** Messages sent and not yet with all receivers; half of them go out at once. */
  readonly window: number;
}

export interface Flowed {
  readonly sent: number;
  readonly delivered: number;
  readonly tookMs: number;
}

const payload = Buffer.alloc(1_000, 'a status of a pod is about as long as this; ');
const drainMs = 60_000;

/** Sends for so long, never more under way than the window holds, and waits for the last. @throws Error when any is lost */
export async function run(flow: Flow, forMs: number): Promise<Flowed> {
  const { senders, receivers, qos } = flow;
  const packets = flow.topics.map((topic) =>
    publishPacket(qos === 1 ? 1 : undefined, { topic, payload, retain: false }),
  );
  const ackedBefore = pubacksOf(senders);
  const began = performance.now();
  let sent = 0;
  let delivered = 0;
  const fill = (): void => {
    const underWay = sent - delivered / receivers.length;
    if (underWay > flow.window / 2 || performance.now() - began > forMs) return;
    const room = Math.floor(flow.window - underWay);
    send(flow, packets, sent, room);
    sent += room;
  };
  for (const receiver of receivers)
    receiver.onReceived = (messages) => {
      delivered += messages;
      fill();
    };
  fill();
  const due = performance.now() + forMs + drainMs;
  const done = (): boolean =>
    performance.now() - began > forMs &&
    delivered >= sent * receivers.length &&
    (qos === 0 || pubacksOf(senders) - ackedBefore >= sent);
  while (!done()) {
    if (performance.now() > due)
      throw new Error(`${delivered} of ${sent} × ${receivers.length} were delivered`);
    await pause(1);
  }
  return { sent, delivered, tookMs: performance.now() - began };
}

const pubacksOf = (senders: readonly Client[]): number =>
  senders.reduce((sum, { pubacks }) => sum + pubacks, 0);

/** One sender's are written together, as a process writes what it has; several senders take turns. */
function send({ senders, topics, qos }: Flow, packets: readonly Buffer[], from: number, count: number): void {
  const perSender: Buffer[][] = senders.map(() => []);
  for (let index = from; index < from + count; index += 1) {
    const which = index % senders.length;
    const packet = packets[which];
    const topic = topics[which];
    if (!packet || topic === undefined) throw new Error('a sender without a topic');
    perSender[which]?.push(qos === 0 ? packet : numbered(packet, topic, 1 + (index % 65_535)));
  }
  for (const [which, parts] of perSender.entries())
    if (parts.length > 0)
      senders[which]?.write(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
}

/** The packet's id comes after its topic; the header is 3 bytes long for messages of this size. */
function numbered(packet: Buffer, topic: string, id: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt16BE(id, 3 + 2 + topic.length);
  return copy;
}
