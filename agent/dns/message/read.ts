import { type Query, type Question, recordTypes } from './types.ts';

/** Why bytes are no query that can be answered. */
export type ReadResult =
  | { readonly type: 'query'; readonly query: Query }
  /** Worth an error message to whoever sent it. */
  | { readonly type: 'wrong'; readonly id: number; readonly code: 'format' | 'notImplemented' }
  /** Not a query at all: answering could start a conversation of two servers. */
  | { readonly type: 'noise' };

export const headerBytes = 12;
const maxNameBytes = 255;

/** Reads one query (RFC 1035 §4). Never throws, whatever the bytes. */
export function readQuery(bytes: Buffer): ReadResult {
  if (bytes.length < headerBytes) return { type: 'noise' };
  const id = bytes.readUInt16BE(0);
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return { type: 'noise' };
  if ((flags & 0x7800) !== 0) return { type: 'wrong', id, code: 'notImplemented' };
  const question = bytes.readUInt16BE(4) === 1 ? readQuestion(bytes) : undefined;
  if (!question) return { type: 'wrong', id, code: 'format' };
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  const ednsBytes = records === 0 ? undefined : findEdns(bytes, question.end, records);
  const recursionDesired = (flags & 0x0100) !== 0;
  return { type: 'query', query: { id, recursionDesired, question: question.value, ednsBytes } };
}

export function readQuestion(bytes: Buffer): { readonly value: Question; readonly end: number } | undefined {
  const name = readName(bytes, headerBytes);
  if (!name || name.end + 4 > bytes.length) return undefined;
  const spelling = name.labels.join('.');
  const type = bytes.readUInt16BE(name.end);
  const value = { name: spelling.toLowerCase(), spelling, type, class: bytes.readUInt16BE(name.end + 2) };
  return { value, end: name.end + 4 };
}

export interface RawRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  /** Where the data begins, for names in it that point elsewhere. */
  readonly at: number;
  readonly data: Buffer;
}

/** The records behind the question, as far as they can be read. */
export function readRecords(bytes: Buffer): { readonly section: 0 | 1 | 2; readonly record: RawRecord }[] {
  const found: { section: 0 | 1 | 2; record: RawRecord }[] = [];
  const question = bytes.length < headerBytes ? undefined : readQuestion(bytes);
  if (!question) return found;
  let at = question.end;
  for (const section of [0, 1, 2] as const) {
    for (let left = bytes.readUInt16BE(6 + 2 * section); left > 0; left -= 1) {
      const next = readRecord(bytes, at);
      if (!next) return found;
      found.push({ section, record: next.record });
      at = next.end;
    }
  }
  return found;
}

function readRecord(bytes: Buffer, from: number): { record: RawRecord; end: number } | undefined {
  const name = readName(bytes, from);
  if (!name || name.end + 10 > bytes.length) return undefined;
  const at = name.end + 10;
  const end = at + bytes.readUInt16BE(name.end + 8);
  if (end > bytes.length) return undefined;
  const record = {
    name: name.labels.join('.').toLowerCase(),
    type: bytes.readUInt16BE(name.end),
    class: bytes.readUInt16BE(name.end + 2),
    ttlSeconds: bytes.readUInt32BE(name.end + 4),
    at,
    data: bytes.subarray(at, end),
  };
  return { record, end };
}

/** A name that may be compressed (RFC 1035 §4.1.4): pointers lead backwards only, so that this ends. */
export function readName(
  bytes: Buffer,
  from: number,
): { readonly labels: readonly string[]; readonly end: number } | undefined {
  const labels: string[] = [];
  let at = from;
  let end: number | undefined;
  let lowest = from;
  let size = 1;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const second = bytes[at + 1];
      const target = second === undefined ? lowest : ((length & 0x3f) << 8) | second;
      if (target >= lowest) return undefined;
      end ??= at + 2;
      lowest = target;
      at = target;
      continue;
    }
    size += length + 1;
    if (length > 63 || size > maxNameBytes || at + 1 + length > bytes.length) return undefined;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
}

function findEdns(bytes: Buffer, from: number, records: number): number | undefined {
  let at = from;
  for (let left = Math.min(records, 32); left > 0; left -= 1) {
    const next = readRecord(bytes, at);
    if (!next) return undefined;
    if (next.record.type === recordTypes.OPT) return next.record.class;
    at = next.end;
  }
  return undefined;
}
