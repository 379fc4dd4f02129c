import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { questionFor, replyOf } from '../respond.ts';
import { readName, readQuery, readRecords } from './read.ts';
import { type Query, type RecordData, type ResourceRecord, recordTypes } from './types.ts';
import { largestMessageBytes, udpRoom, writeReply } from './write.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
const number16 = fc.integer({ min: 0, max: 0xffff });
const data: fc.Arbitrary<RecordData> = fc.oneof(
  fc.ipV4().map((address): RecordData => ({ type: 'A', address })),
  fc
    .tuple(fc.constantFrom('CNAME' as const, 'PTR' as const), name)
    .map(([type, target]): RecordData => ({ type, target })),
  fc
    .tuple(number16, number16, number16, name)
    .map(([priority, weight, port, target]): RecordData => ({ type: 'SRV', priority, weight, port, target })),
);
const record: fc.Arbitrary<ResourceRecord> = fc.record({ name, ttlSeconds: fc.nat(100_000), data });
const query: fc.Arbitrary<Query> = fc
  .tuple(number16, name, number16, fc.option(number16, { nil: undefined }))
  .map(([id, spelling, type, ednsBytes]) => ({
    id,
    recursionDesired: true,
    question: { name: spelling, spelling, type, class: 1 },
    ednsBytes,
  }));

/** What a record says, read back from the bytes with their compression. */
function read(bytes: Buffer): unknown[] {
  return readRecords(bytes).map(({ record: { name: owner, type, ttlSeconds, data: raw, at } }) => {
    const target = (skip: number) => readName(bytes, at + skip)?.labels.join('.');
    if (type === recordTypes.A) return [owner, ttlSeconds, 'A', [...raw].join('.')];
    if (type === recordTypes.SRV)
      return [
        owner,
        ttlSeconds,
        'SRV',
        raw.readUInt16BE(0),
        raw.readUInt16BE(2),
        raw.readUInt16BE(4),
        target(6),
      ];
    if (type === recordTypes.OPT) return 'OPT';
    return [owner, ttlSeconds, type === recordTypes.PTR ? 'PTR' : 'CNAME', target(0)];
  });
}

function said({ name: owner, ttlSeconds, data: value }: ResourceRecord): unknown[] {
  if (value.type === 'A') return [owner, ttlSeconds, 'A', value.address];
  if (value.type === 'SRV')
    return [owner, ttlSeconds, 'SRV', value.priority, value.weight, value.port, value.target];
  assert.ok(value.type === 'CNAME' || value.type === 'PTR');
  return [owner, ttlSeconds, value.type, value.target];
}

test('what is written is read back, names compressed', () => {
  fc.assert(
    fc.property(query, fc.array(record, { maxLength: 20 }), (asked, answers) => {
      const bytes = writeReply(asked, replyOf(0, answers), largestMessageBytes);
      const expected: unknown[] = answers.map(said);
      if (asked.ednsBytes !== undefined) expected.push('OPT');
      assert.deepEqual(read(bytes), expected);
    }),
  );
});

test('a reply fits its room, holds whole records, and says when some are missing', () => {
  fc.assert(
    fc.property(query, fc.array(record, { maxLength: 60 }), (asked, answers) => {
      const room = udpRoom(asked);
      const bytes = writeReply(asked, replyOf(0, answers), room);
      assert.ok(bytes.length <= room, `${bytes.length} in ${room}`);
      const count = bytes.readUInt16BE(6);
      const truncated = (bytes.readUInt16BE(2) & 0x0200) !== 0;
      assert.equal(truncated, count < answers.length);
      assert.deepEqual(read(bytes).slice(0, count), answers.slice(0, count).map(said));
    }),
  );
});

test('a question is read as it was asked, whatever the case of its letters', () => {
  fc.assert(
    fc.property(name, number16, number16, (asked, type, id) => {
      const spelling = asked.toUpperCase();
      const result = readQuery(questionFor(spelling, type, id));
      assert.ok(result.type === 'query');
      assert.deepEqual(result.query, {
        id,
        recursionDesired: true,
        question: { name: asked, spelling, type, class: 1 },
        ednsBytes: undefined,
      });
    }),
  );
});

test('reading never throws and always ends, whatever the bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // Nearly a message: a right one with some bytes changed.
    fc
      .tuple(query, fc.array(record, { maxLength: 5 }), fc.array(fc.tuple(fc.nat(200), fc.nat(255))))
      .map(([asked, answers, changes]) => {
        const whole = Buffer.from(writeReply(asked, replyOf(0, answers), largestMessageBytes));
        whole.writeUInt16BE(whole.readUInt16BE(2) & 0x7fff, 2);
        for (const [at, value] of changes) if (at < whole.length) whole[at] = value;
        return whole;
      }),
  );
  fc.assert(
    fc.property(bytes, (payload) => {
      const buffer = Buffer.from(payload);
      readQuery(buffer);
      readRecords(buffer);
      for (let at = 0; at < buffer.length; at += 7) readName(buffer, at);
    }),
    { numRuns: 3_000 },
  );
});

test('a name that points at itself, or forwards, is none', () => {
  assert.equal(readName(Buffer.from([0xc0, 0x00]), 0), undefined);
  assert.equal(readName(Buffer.from([0xc0, 0x02, 0x00]), 0), undefined);
  assert.deepEqual(readName(Buffer.from([1, 97, 0, 1, 98, 0xc0, 0]), 3)?.labels, ['b', 'a']);
});
