import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncDirectory } from '../files.ts';
import { schemaVersion } from '../level/layout.ts';
import type { Store } from '../store.ts';
import { type BackupHeader, backupLines } from './format.ts';

export type BackupSource = Pick<Store, 'storeId' | 'epoch' | 'revision' | 'list'>;

/** Characters handed to the compressor at once; between two of them the event loop does other work. */
const chunkCharacters = 65_536;

export interface Backup {
  readonly header: BackupHeader;
  /** Compressed, as it is written to a file. */
  readonly stream: Readable;
}

/** All objects as they are at the moment of the call. The store goes on while the stream is read. */
export function backupStream(source: BackupSource, nowMs: number): Backup {
  const objects = source.list('');
  const header: BackupHeader = {
    format: 'bramble-backup',
    version: 1,
    storeId: source.storeId,
    epoch: source.epoch,
    revision: source.revision,
    objects: objects.length,
    createdAt: new Date(nowMs).toISOString(),
    schemaVersion,
  };
  const lines = Readable.from(chunked(backupLines(header, objects)));
  return { header, stream: lines.pipe(createGzip()) };
}

/** Writes a backup to one file that only its owner reads (it holds Secrets). The file appears when it is complete and on disk. */
export async function writeBackup(source: BackupSource, path: string, nowMs: number): Promise<BackupHeader> {
  const { header, stream } = backupStream(source, nowMs);
  const unfinished = `${path}.unfinished`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(stream, createWriteStream(unfinished, { mode: 0o600, flush: true }));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
  return header;
}

function* chunked(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
