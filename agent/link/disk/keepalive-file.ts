import { join } from 'node:path';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';

/** What the agent was told last, for starts that do not tell. */
const file = (dataDir: string): string => join(dataDir, 'agent', 'mqtt-keepalive-seconds');

/** The keepalive of this board in seconds: as told now, or as told last, or the usual one. Durable when it resolves. */
export async function boardKeepalive(dataDir: string, told: number | undefined): Promise<number> {
  const kept = await keptKeepalive(dataDir);
  if (told === undefined) return kept ?? limits.mqttKeepaliveSeconds;
  if (told !== kept) await writeDurably(file(dataDir), `${told}\n`);
  return told;
}

/** A file that cannot be read, or says nonsense, is none: the board is to come onto its link all the same. */
async function keptKeepalive(dataDir: string): Promise<number | undefined> {
  const text = await readIfThere(file(dataDir)).catch(() => undefined);
  return keepaliveSeconds.safeParse(Number(text?.trim() || undefined)).data;
}
