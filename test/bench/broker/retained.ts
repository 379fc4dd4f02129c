import { publishPacket } from '@bramble/adapters/mqtt/packets.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { BenchBroker } from './brokers.ts';
import { Client } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import type { Parties } from './parties.ts';

export interface RetainedCost {
  /** Processor time of the broker for one subscription to one topic of all, with its message. */
  readonly oneMs: number;
  /** And for one to all of them. */
  readonly allMs: number;
}

const group = 'default';
/** The embedded broker grants a client a hundred. */
const perReader = 50;
const topicOf = (index: number): string => topics.networkService(group, 'shop', `service-${index}`);

/** So many messages that are kept, and a board that subscribes to one of them, time and again, then to all. */
export async function lookUpRetained(
  broker: BenchBroker,
  { trust, controller, boards }: Parties,
  { kept, subscriptions }: { kept: number; subscriptions: number },
): Promise<RetainedCost> {
  const [board] = boards;
  if (!board) throw new Error('no boards');
  const writer = await Client.open(broker, trust.caPem, controller, 'writer');
  for (let index = 0; index < kept; index += 1)
    writer.write(publishPacket(1 + (index % 65_535), { topic: topicOf(index), payload, retain: true }));
  await writer.acknowledged(kept);
  const readers: Client[] = [];
  for (let index = 0; index < subscriptions / perReader; index += 1)
    readers.push(await Client.open(broker, trust.caPem, board, `reader-${index}`));
  const oneMs = await costOf(broker, async () => {
    for (const [which, reader] of readers.entries())
      for (let index = 0; index < perReader; index += 1) {
        await reader.subscribe([topicOf(((which * perReader + index) * 7_919) % kept)]);
        await reader.receives(index + 1);
      }
  });
  const all = await Client.open(broker, trust.caPem, board, 'reader-of-all');
  const allMs = await costOf(broker, async () => {
    await all.subscribe([`bramble/v1/network/${group}/#`]);
    await all.receives(kept);
  });
  for (let index = 0; index < kept; index += 1)
    writer.write(publishPacket(1 + (index % 65_535), { topic: topicOf(index), payload: '', retain: true }));
  await writer.acknowledged(2 * kept);
  for (const client of [writer, ...readers, all]) client.close();
  return { oneMs: oneMs / subscriptions, allMs };
}

const payload = JSON.stringify({ name: 'service', address: '10.97.0.1', ports: [{ port: 80 }] });

/** Of the broker's processor, milliseconds. */
async function costOf({ pid }: BenchBroker, work: () => Promise<void>): Promise<number> {
  const before = await cpuSeconds(pid);
  await work();
  return ((await cpuSeconds(pid)) - before) * 1_000;
}
