import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeFileDurably } from './durable-file.ts';

export const bootKey = '!boot';

export interface BootEvidence {
  /** Largest number found in the log; 0 where there is none. */
  readonly inLog: number;
  readonly logIsEmpty: boolean;
  /** The board is known to a controller, which remembers its starts. */
  readonly hasJoined: boolean;
  readonly nowMs: number;
}

/**
 * The number of this start. It lies in a file of its own, written first, and in the log, so that one damaged place does not
 * make it go back. Where that file cannot be read it leaps to the milliseconds since 1970, which no count of starts reaches.
 */
export async function nextBoot(directory: string, evidence: BootEvidence): Promise<number> {
  const path = join(directory, 'boot');
  const text = await readFile(path, 'utf8').catch(() => '');
  const boot = bootAfter(decodeBoot(text), text === '', evidence);
  await writeFileDurably(path, encodeBoot(boot));
  return boot;
}

/** @param inFile `undefined` where it cannot be read. */
export function bootAfter(
  inFile: number | undefined,
  fileIsMissing: boolean,
  { inLog, logIsEmpty, hasJoined, nowMs }: BootEvidence,
): number {
  // Whoever joined before has lost its journal: to begin at 1 again would make its controller take new reports for old.
  if (fileIsMissing && logIsEmpty && !hasJoined) return 1;
  if (inFile !== undefined) return Math.max(inFile, inLog) + 1;
  // The log alone may have lost its end without a trace.
  return Math.max(inLog + 2, Math.floor(nowMs));
}

const encodeBoot = (boot: number) => `${boot} ${crc32(String(boot))}\n`;

function decodeBoot(text: string): number | undefined {
  const [, digits, sum] = /^(\d{1,15}) (\d+)\n$/.exec(text) ?? [];
  return digits !== undefined && Number(sum) === crc32(digits) ? Number(digits) : undefined;
}
