import { chmod, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerSpec, Mount } from '../port.ts';
import { LogReader } from './log-lines.ts';

/** Marks a container that has such a file; the value says whether its log takes the place of an empty one. */
export const terminationLabel = 'bramble.dev/termination-message';

/** Kubernetes' bounds of a message, and of a log that takes its place. */
const messageBytes = 4_096;
const logTailBytes = 2_048;
const logTailLines = 80;
/** So much of the log file holds the tail, each line with its time. */
const logReadBytes = 16_384;

/** The mount and the label of a container that may say, in a file, why it ended; nothing where it mounts that path itself. */
export function messageParts(
  { terminationMessage: message, mounts }: ContainerSpec,
  path: string,
): { readonly mounts: readonly Mount[]; readonly labels: Readonly<Record<string, string>> } {
  if (!message || mounts.some(({ target }) => target === message.path)) return { mounts: [], labels: {} };
  return {
    mounts: [{ source: path, target: message.path, readOnly: false }],
    labels: { [terminationLabel]: message.fallbackToLogs ? 'file-or-log' : 'file' },
  };
}

/** Writable for every user, since a container may run as any. */
export async function makeMessageFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, '');
  await chmod(path, 0o666);
}

export async function removeMessageFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Removes the files of all others. */
export async function keepMessageFiles(directory: string, names: ReadonlySet<string>): Promise<void> {
  const found = await readdir(directory).catch(() => []);
  for (const name of found) if (!names.has(name)) await removeMessageFile(join(directory, name));
}

export interface EndedContainer {
  /** Value of the label. */
  readonly label: string;
  readonly file: string;
  readonly log: string | undefined;
  readonly exitCode: number;
}

/** What a container that has ended left to be told. */
export async function terminationMessage({ label, file, log, exitCode }: EndedContainer): Promise<string> {
  const message = (await readPart(file, messageBytes, 'start')).toString('utf8');
  if (message !== '' || label !== 'file-or-log' || exitCode === 0 || log === undefined) return message;
  return logTail(await readPart(log, logReadBytes, 'end'));
}

/** The last 80 lines or 2,048 bytes of a log in the format of conmon, CRI-O and containerd. */
export function logTail(bytes: Uint8Array): string {
  const chunks = new LogReader({ timestamps: false, since: undefined }).read(bytes);
  const text = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  const tail = text.subarray(Math.max(0, text.byteLength - logTailBytes)).toString('utf8');
  const lines = tail.split('\n');
  return lines.slice(-(logTailLines + (tail.endsWith('\n') ? 1 : 0))).join('\n');
}

async function readPart(path: string, bytes: number, which: 'start' | 'end'): Promise<Buffer> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const position = which === 'start' ? 0 : size - buffer.byteLength;
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
