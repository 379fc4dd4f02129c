import { crc32 } from 'node:zlib';

/**
 * One record is one line: `{CRC-32 of the rest, 8 hexadecimal digits} {key} {JSON value}\n`, without the value where the record
 * is removed. JSON has no raw newline, so a damaged line never hides the next one.
 */
export interface Entry {
  readonly key: string;
  /** JSON text; `undefined` removes the record. */
  readonly json: string | undefined;
}

export const isKey = (key: string): boolean => /^[!-~]{1,512}$/.test(key);

export function encodeLine({ key, json }: Entry): Buffer {
  const rest = json === undefined ? key : `${key} ${json}`;
  return Buffer.from(`${checksum(rest)} ${rest}\n`);
}

/** The entry, or why the line (without its newline) is none, with its key where that can still be read. */
export function decodeLine(
  line: Buffer,
): Entry | { readonly reason: string; readonly key: string | undefined } {
  const text = line.toString('utf8');
  const rest = text.slice(9);
  const [key = ''] = rest.split(' ', 1);
  const readable = isKey(key) ? key : undefined;
  const stated = text.slice(0, 8);
  if (text[8] !== ' ' || readable === undefined) return { reason: 'not a record', key: readable };
  if (stated !== checksum(rest)) return { reason: 'wrong checksum', key: readable };
  return { key, json: rest.length > key.length ? rest.slice(key.length + 1) : undefined };
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');

export interface Scan {
  readonly entries: readonly { readonly entry: Entry; readonly offset: number; readonly length: number }[];
  readonly damaged: readonly { readonly key: string; readonly reason: string; readonly line: Buffer }[];
  /** Where the last whole line ends; what follows was being written when the power went, and nobody was told it was. */
  readonly wholeBytes: number;
}

export function scan(content: Buffer): Scan {
  const entries: Scan['entries'][number][] = [];
  const damaged: Scan['damaged'][number][] = [];
  let offset = 0;
  for (let end = content.indexOf(10, offset); end >= 0; end = content.indexOf(10, offset)) {
    const line = content.subarray(offset, end);
    const found = decodeLine(line);
    if ('reason' in found) {
      damaged.push({ key: found.key ?? `at byte ${offset}`, reason: found.reason, line });
    } else {
      entries.push({ entry: found, offset, length: end + 1 - offset });
    }
    offset = end + 1;
  }
  return { entries, damaged, wholeBytes: offset };
}
