import { setTimeout as pause } from 'node:timers/promises';
import { agentFilters } from '@bramble/protocol/topics.ts';
import { processFigures } from '../../soak/proc.ts';
import type { BenchBroker } from './brokers.ts';
import { Client } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import type { Parties } from './parties.ts';

export interface ConnectionCost {
  /** Of the broker's processor: handshake with both certificates, CONNECT, and a board's subscriptions. */
  readonly connectMs: number;
  /** Anonymous memory that one more idle connection takes. */
  readonly idleKibibytes: number;
}

const atOnce = 16;

/** Boards connect, subscribe as agents do, and say nothing more. */
export async function connectIdle(
  broker: BenchBroker,
  { trust, boards }: Parties,
  { idle: count, settleMs }: { idle: number; settleMs: number },
): Promise<ConnectionCost> {
  const connect = async (index: number): Promise<Client> => {
    const board = boards[index % boards.length];
    if (!board) throw new Error('no boards');
    const client = await Client.open(broker, trust.caPem, board, `idle-${index}`);
    await client.subscribe(agentFilters(board.node));
    return client;
  };
  // The first ones pay for what is made once.
  const clients = [await connect(0), await connect(1)];
  await pause(settleMs);
  const before = { cpu: await cpuSeconds(broker.pid), memory: await anonymous(broker) };
  const indexes = Array.from({ length: count }, (_, index) => index + 2).values();
  const worker = async (): Promise<void> => {
    for (const index of indexes) clients.push(await connect(index));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const connectMs = ((await cpuSeconds(broker.pid)) - before.cpu) * 1_000;
  await pause(settleMs);
  const idleKibibytes = ((await anonymous(broker)) - before.memory) * 1_024;
  for (const client of clients) client.close();
  return { connectMs: connectMs / count, idleKibibytes: idleKibibytes / count };
}

async function anonymous({ pid }: BenchBroker): Promise<number> {
  return (await processFigures('broker', pid))['broker anon MiB'] ?? Number.NaN;
}
