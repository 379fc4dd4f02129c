import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { decodeJson, decodeText } from './decode.ts';
import { openOrder, signOrder } from './envelope.ts';
import { joinRequest, parseJoinToken } from './join.ts';
import { limits } from './limits.ts';
import { manifest, objectOrder, podReport } from './messages/orders.ts';
import { result } from './messages/results.ts';
import { metrics, nodeSession } from './messages/session.ts';
import { streamOpen } from './messages/streams.ts';
import { seal, unseal } from './sealing.ts';
import { FrameReader } from './streams.ts';
import { parseTopic } from './topics.ts';
import * as z from './zod.ts';

const schemas: readonly z.ZodMiniType[] = [
  nodeSession,
  metrics,
  manifest,
  objectOrder,
  podReport,
  result,
  streamOpen,
  joinRequest,
];
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const sealing = generateKeyPairSync('x25519');

/** Random bytes, bytes that are nearly JSON, JSON of any form, and JSON with the names of our fields. */
const field = fc.constantFrom(
  'alive',
  'boot',
  'fence',
  'objects',
  'storeId',
  '__proto__',
  'constructor',
  'type',
  'held',
);
const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc.dictionary(field, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value))),
  fc.tuple(fc.json(), fc.nat(200)).map(([text, at]) => Buffer.from(text.slice(0, at))),
);

test('decoding never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(bytes, fc.constantFrom(...schemas), (payload, schema) => {
      const decoded = decodeJson(schema, payload);
      if (!decoded.ok) assert.ok(decoded.message.length > 0);
    }),
    { numRuns: 5_000 },
  );
});

const frames = new FrameReader(Buffer.alloc(32, 1), 'out');

test('opening orders, sealed content, frames, tokens and topics never throws either', () => {
  fc.assert(
    fc.property(bytes, fc.string(), (payload, text) => {
      const body = Buffer.from(payload).toString('latin1');
      const header = `bramble1 ${Buffer.alloc(64, 7).toString('base64')}\n`;
      for (const order of [payload, Buffer.from(header + body), Buffer.from(`bramble1 ${body}`)])
        assert.equal(openOrder(publicKey, manifest, text, order).ok, false);
      assert.equal(unseal(sealing.privateKey, text, body), undefined);
      assert.equal(unseal(sealing.privateKey, text, Buffer.from(payload).toString('base64')), undefined);
      assert.equal(frames.read(payload).ok, false);
      parseJoinToken(text);
      parseTopic(`bramble/v1/${text}`);
    }),
    { numRuns: 2_000 },
  );
});

test('JSON as deep as a payload can be is answered, not a crash', () => {
  const depth = limits.objectBytes / 2 - 10;
  const deep = Buffer.from('['.repeat(depth) + ']'.repeat(depth));
  assert.equal(decodeJson(manifest, deep).ok, false);
  const nested = Buffer.from(`{"id":"1","items":${deep.subarray(4)}}`);
  assert.equal(decodeJson(result, nested.subarray(0, limits.objectBytes)).ok, false);
});

test('size is checked before anything is looked at', () => {
  const touched = new Proxy(Buffer.alloc(0), {
    get(target, name) {
      if (name === 'length') return 1_001;
      throw new Error(`looked at ${String(name)} of ${target.length} bytes`);
    },
  });
  const refused = decodeText(touched, 1_000);
  assert.ok(!refused.ok && /1001 bytes; at most 1000/.test(refused.message));
  assert.equal(openOrder(publicKey, manifest, 't', Buffer.alloc(limits.objectBytes * 2)).ok, false);
  assert.equal(decodeJson(z.unknown(), Buffer.alloc(limits.objectBytes + 1, 0x20)).ok, false);
});

test('the field at fault is named', () => {
  const payload = Buffer.from(JSON.stringify({ alive: true, protocol: 1, boot: -1 }));
  const decoded = decodeJson(nodeSession, payload);
  assert.ok(!decoded.ok && decoded.code === 'BRAMBLE_BAD_MESSAGE');
  assert.equal(decoded.message, 'boot: Too small: expected number to be >=0');
});

test('what is signed comes back the same; any changed byte is refused', () => {
  const anything = z.unknown();
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.string(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (order, topic, at, flip) => {
        const signed = Buffer.from(signOrder(privateKey, topic, order));
        const opened = openOrder(publicKey, anything, topic, signed);
        assert.deepEqual(opened, { ok: true, value: JSON.parse(JSON.stringify(order)) });
        const index = at % signed.length;
        signed[index] = (signed[index] ?? 0) ^ flip;
        assert.equal(openOrder(publicKey, anything, topic, signed).ok, false);
      },
    ),
    { numRuns: 500 },
  );
});

test('what is sealed can be opened with its key and context alone', () => {
  const other = generateKeyPairSync('x25519');
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), fc.nat(), (plain, context, at) => {
      const sealed = seal(sealing.publicKey, context, plain);
      assert.deepEqual(Buffer.from(unseal(sealing.privateKey, context, sealed) ?? 'x'), Buffer.from(plain));
      assert.equal(unseal(sealing.privateKey, `${context}.`, sealed), undefined);
      assert.equal(unseal(other.privateKey, context, sealed), undefined);
      const changed = Buffer.from(sealed, 'base64');
      const index = at % changed.length;
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.equal(unseal(sealing.privateKey, context, changed.toString('base64')), undefined);
    }),
    { numRuns: 300 },
  );
});
