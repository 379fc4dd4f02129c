import { headerBytes } from './read.ts';
import {
  classInternet,
  type Query,
  type RecordData,
  type Reply,
  type ResourceRecord,
  recordTypes,
} from './types.ts';

/** What goes through every network in one piece (the DNS flag day of 2020). */
export const safeUdpBytes = 1_232;
const classicUdpBytes = 512;
export const largestMessageBytes = 65_535;
const ednsRecordBytes = 11;

/** Bytes that an answer over UDP may have. */
export function udpRoom({ ednsBytes }: Query): number {
  if (ednsBytes === undefined) return classicUdpBytes;
  return Math.max(classicUdpBytes, Math.min(safeUdpBytes, ednsBytes));
}

/** The reply in at most so many bytes: what does not fit is left out, and an incomplete answer says so (TC). */
export function writeReply(query: Query, reply: Reply, room: number): Buffer {
  const writer = new Writer(room - (query.ednsBytes === undefined ? 0 : ednsRecordBytes));
  const { question } = query;
  writer.name(question.spelling);
  writer.number16(question.type);
  writer.number16(question.class);
  const answers = writer.records(reply.answers);
  const complete = answers === reply.answers.length;
  const authority = complete ? writer.records(reply.authority) : 0;
  const additional = complete ? writer.records(reply.additional) : 0;
  const edns = query.ednsBytes === undefined ? Buffer.alloc(0) : ednsRecord();
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(query.id, 0);
  const flags =
    0x8000 |
    (reply.authoritative ? 0x0400 : 0) |
    (complete ? 0 : 0x0200) |
    (query.recursionDesired ? 0x0100 : 0) |
    0x0080 |
    reply.code;
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers, 6);
  header.writeUInt16BE(authority, 8);
  header.writeUInt16BE(additional + (edns.length > 0 ? 1 : 0), 10);
  return Buffer.concat([header, writer.bytes(), edns]);
}

/** For what could not even be read. */
export function writeError(id: number, code: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x8080 | code, 2);
  return header;
}

function ednsRecord(): Buffer {
  const record = Buffer.alloc(ednsRecordBytes);
  record.writeUInt16BE(recordTypes.OPT, 1);
  record.writeUInt16BE(safeUdpBytes, 3);
  return record;
}

/** Writes behind the header, names compressed. */
class Writer {
  readonly #room: number;
  #parts: Buffer[] = [];
  #size = headerBytes;
  /** Where a name, or the end of one, has been written before. */
  readonly #known = new Map<string, number>();

  constructor(room: number) {
    this.#room = room;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  number16(value: number): void {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value & 0xffff);
    this.#push(bytes);
  }

  name(text: string): void {
    const labels = text === '' ? [] : text.split('.');
    for (const [at, label] of labels.entries()) {
      const rest = labels.slice(at).join('.');
      const known = this.#known.get(rest);
      if (known !== undefined) return this.number16(0xc000 | known);
      if (this.#size < 0x4000) this.#known.set(rest, this.#size);
      const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
      this.#push(Buffer.from([bytes.length]), bytes);
    }
    this.#push(Buffer.from([0]));
  }

  /** As many as fit; answers how many. */
  records(records: readonly ResourceRecord[]): number {
    for (const [at, record] of records.entries()) {
      const parts = this.#parts.length;
      const size = this.#size;
      this.#record(record);
      if (this.#size <= this.#room) continue;
      this.#parts = this.#parts.slice(0, parts);
      this.#size = size;
      for (const [name, place] of this.#known) if (place >= size) this.#known.delete(name);
      return at;
    }
    return records.length;
  }

  #record({ name, ttlSeconds, data }: ResourceRecord): void {
    this.name(name);
    this.number16(data.type === 'raw' ? data.number : recordTypes[data.type]);
    this.number16(classInternet);
    const ttl = Buffer.alloc(4);
    ttl.writeUInt32BE(ttlSeconds);
    this.#push(ttl);
    const length = Buffer.alloc(2);
    this.#push(length);
    const start = this.#size;
    this.#data(data);
    length.writeUInt16BE(this.#size - start);
  }

  #data(data: RecordData): void {
    switch (data.type) {
      case 'A':
        return this.#push(Buffer.from(data.address.split('.').map(Number)));
      case 'CNAME':
      case 'PTR':
        return this.name(data.target);
      case 'SRV':
        for (const value of [data.priority, data.weight, data.port]) this.number16(value);
        return this.#plainName(data.target);
      case 'TXT': {
        const text = Buffer.from(data.text).subarray(0, 255);
        return this.#push(Buffer.from([text.length]), text);
      }
      case 'SOA':
        return this.#soa(data);
      case 'raw':
        return this.#push(Buffer.from(data.bytes));
    }
  }

  /** The target of an SRV is not compressed (RFC 2782). */
  #plainName(text: string): void {
    for (const label of text.split('.')) {
      const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
      this.#push(Buffer.from([bytes.length]), bytes);
    }
    this.#push(Buffer.from([0]));
  }

  #soa({ server, mailbox, negativeSeconds }: Extract<RecordData, { type: 'SOA' }>): void {
    this.name(server);
    this.name(mailbox);
    const numbers = Buffer.alloc(20);
    for (const [at, value] of [1, 7_200, 1_800, 86_400, negativeSeconds].entries())
      numbers.writeUInt32BE(value, 4 * at);
    this.#push(numbers);
  }

  #push(...parts: Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#size += part.length;
    }
  }
}
