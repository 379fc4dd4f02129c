import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { LogChunk, LogOptions } from '../port.ts';
import { LogReader } from './log-lines.ts';

export interface LogSource {
  readonly path: string;
  /** Calls back once, when nothing more will be written; the returned function stops waiting. */
  onEnd(ended: () => void): () => void;
}

const readBytes = 65_536;

/**
 * The file is read directly: no memory of podman's, nanoseconds in the timestamps, no polling while following. A container
 * that never ran has no file, and so no lines.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const reader = new LogReader(options);
  let file = await openIfThere(source.path);
  if (file === undefined) return;
  const news = options.follow ? follow(source, signal) : undefined;
  try {
    let position = options.tailLines === undefined ? 0 : await tailPosition(file, options.tailLines);
    while (!signal.aborted) {
      // Asked before reading: whatever was written before the end is then read too.
      const last = news === undefined || news.ended();
      for await (const bytes of readFrom(file, position)) {
        position += bytes.byteLength;
        yield* reader.read(bytes);
        if (signal.aborted) return;
      }
      const newer = await newerFile(file, source.path);
      if (newer !== undefined) {
        await file.close();
        file = newer;
        position = 0;
        reader.restart();
      } else if (last) return;
      else await news.next();
    }
  } finally {
    news?.stop();
    await file.close();
  }
}

const openIfThere = (path: string): Promise<FileHandle | undefined> => open(path).catch(() => undefined);

async function* readFrom(file: FileHandle, start: number): AsyncGenerator<Buffer> {
  for (let position = start; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Where the last `lines` lines begin. */
async function tailPosition(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  const block = Buffer.alloc(readBytes);
  let found = 0;
  for (let end = size; end > 0; end -= readBytes) {
    const start = Math.max(0, end - readBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index -= 1) {
      const endsBefore = block[index] === 10 && start + index < size - 1;
      if (endsBefore) found += 1;
      if (found === lines) return start + index + 1;
    }
  }
  return 0;
}

/** conmon begins a new file of the same name when the old one has reached its size. */
async function newerFile(file: FileHandle, path: string): Promise<FileHandle | undefined> {
  const other = await openIfThere(path);
  if (other === undefined) return undefined;
  const [held, named] = await Promise.all([file.stat(), other.stat()]);
  if (held.ino !== named.ino) return other;
  await other.close();
  return undefined;
}

interface News {
  /** Resolves when the file may have changed since the last call, the container ended, or the reader gave up. */
  next(): Promise<void>;
  ended(): boolean;
  stop(): void;
}

function follow(source: LogSource, signal: AbortSignal): News {
  let changed = false;
  let ended = false;
  let wake = () => {};
  const note = () => {
    changed = true;
    wake();
  };
  const watcher = watch(dirname(source.path), (_type, name) => {
    if (name === null || name === basename(source.path)) note();
  });
  // The directory goes with the container; its end is told by `onEnd`.
  watcher.on('error', note);
  const stopWaiting = source.onEnd(() => {
    ended = true;
    note();
  });
  signal.addEventListener('abort', note);
  return {
    async next() {
      if (!changed) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      changed = false;
    },
    ended: () => ended,
    stop() {
      watcher.close();
      stopWaiting();
      signal.removeEventListener('abort', note);
    },
  };
}
