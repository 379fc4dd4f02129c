import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * LevelDB's write-ahead log: blocks of 32 KiB, in them records of a masked CRC-32C (4 bytes), a length (2), a type (1)
 * and data; a block ends in zeros where no header fits (leveldb, doc/log_format.md).
 */
const blockBytes = 32_768;
const headerBytes = 7;

/**
 * Says what is wrong with the logs in `directory`. On opening, LevelDB drops a damaged record and the rest of its
 * block without a word, and deletes the log: answered writes would be gone, and their revisions given out again. A torn
 * record at the very end is what a crash leaves of a write that was never answered; one with good ones behind it is
 * damage.
 */
export function findDamagedLog(directory: string): string | undefined {
  for (const name of readdirSync(directory).filter((each) => each.endsWith('.log')))
    if (isDamaged(readFileSync(join(directory, name)))) return `${name} is damaged in its midst`;
  return undefined;
}

function isDamaged(log: Buffer): boolean {
  let at = 0;
  while (at < log.length) {
    const next = afterRecord(log, at);
    if (next === undefined) return hasRecordBehind(log, at + 1);
    at = next;
  }
  return false;
}

/** Where the record at `at`, or the padding there, ends; `undefined` when it is bad or cut off. */
function afterRecord(log: Buffer, at: number): number | undefined {
  const blockEnd = at - (at % blockBytes) + blockBytes;
  if (blockEnd - at < headerBytes) return blockEnd;
  if (at + headerBytes > log.length) return undefined;
  const end = at + headerBytes + log.readUInt16LE(at + 4);
  const type = log.readUInt8(at + 6);
  if (type < 1 || type > 4 || end > blockEnd || end > log.length) return undefined;
  return masked(crc32c(log, at + 6, end)) === log.readUInt32LE(at) ? end : undefined;
}

/** The damage may have hit a length: every byte may begin a record. One that fits by chance is one in billions. */
function hasRecordBehind(log: Buffer, from: number): boolean {
  for (let at = from; at + headerBytes <= log.length; at += 1) {
    const isPadding = blockBytes - (at % blockBytes) < headerBytes;
    if (!isPadding && afterRecord(log, at) !== undefined) return true;
  }
  return false;
}

/** A checksum of what holds checksums is weak, so LevelDB turns and shifts those it stores. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

function crc32c(bytes: Buffer, from: number, to: number): number {
  let crc = 0xffffffff;
  for (let at = from; at < to; at += 1)
    crc = (castagnoli[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
