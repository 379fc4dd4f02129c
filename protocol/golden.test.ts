import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeJson } from './decode.ts';
import { openOrder } from './envelope.ts';
import { joinAnswer, joinRequest, renewAnswer } from './join.ts';
import { fleetEvent, fleetNode, fleetPod } from './messages/fleet.ts';
import { networkBoards, networkIndex, networkMembership, networkService } from './messages/network.ts';
import { acks, manifest, objectOrder, podReport } from './messages/orders.ts';
import { result } from './messages/results.ts';
import { controllerSession, metrics, nodeSession } from './messages/session.ts';
import { streamOpen } from './messages/streams.ts';
import { boardUsage } from './messages/usage.ts';
import { unseal } from './sealing.ts';
import { openStreamKey, streamKeyContext } from './stream-keys.ts';
import { FrameReader, FrameWriter } from './streams.ts';
import { parseTopic } from './topics.ts';
import type * as z from './zod.ts';

/**
 * What boards in the field and controllers of version 1 say to each other. These files never change: a board that is
 * updated years later must still be understood. A new field is optional and gets a new file.
 */
const folder = new URL('./golden/v1/', import.meta.url);
const schemas: Readonly<Record<string, z.ZodMiniType>> = {
  ...{ controllerSession, nodeSession, metrics, manifest, objectOrder, podReport, acks, streamOpen },
  ...{ networkMembership, networkIndex, networkBoards, networkService, boardUsage },
  ...{ result, fleetNode, fleetPod, fleetEvent, joinRequest, joinAnswer, renewAnswer },
};

const files = readdirSync(folder).map((name) => ({ name, golden: read(name) }));

function read(name: string) {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

for (const { name, golden } of files.filter((file) => file.golden.schema in schemas)) {
  test(`golden ${name} is read whole`, () => {
    const schema = schemas[golden.schema];
    assert.ok(schema);
    const decoded = decodeJson(schema, Buffer.from(JSON.stringify(golden.message)));
    assert.deepEqual(decoded, { ok: true, value: golden.message });
    if (golden.topic.startsWith('bramble/')) assert.ok(parseTopic(golden.topic), golden.topic);
  });
}

test('every message of version 1 has a golden file', () => {
  const covered = new Set(files.map((file) => file.golden.schema));
  for (const schema of Object.keys(schemas)) assert.ok(covered.has(schema), schema);
  assert.equal(files.length, 48);
});

test('a signed order of version 1 is accepted, and under no other topic', () => {
  const { publicKey, topic, payload, order } = read('signed-order.json');
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  assert.deepEqual(openOrder(key, acks, topic, Buffer.from(payload)), { ok: true, value: order });
  const moved = openOrder(key, acks, topic.replace('pi-1', 'pi-2'), Buffer.from(payload));
  assert.ok(!moved.ok && moved.code === 'BRAMBLE_BAD_SIGNATURE');
});

test('what was sealed in version 1 can be opened', () => {
  const { privateKey, context, sealed, plain } = read('sealed.json');
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  assert.equal(Buffer.from(unseal(key, context, sealed) ?? []).toString(), plain);
});

test('the frames of a stream of version 1 are read and written', () => {
  const golden = read('stream-frames.json');
  const der = Buffer.from(golden.privateKey, 'base64');
  const own = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const key = openStreamKey(own, streamKeyContext(golden.topic, golden.boot), golden.sealed);
  assert.equal(Buffer.from(key ?? []).toString('hex'), golden.key);
  for (const direction of ['in', 'out'] as const) {
    const reader = new FrameReader(key ?? Buffer.alloc(32), direction);
    const writer = new FrameWriter(key ?? Buffer.alloc(32), direction);
    for (const { sequence, hex, frame: told } of golden[direction]) {
      const { text, ...rest } = told;
      const expected = text === undefined ? rest : { ...rest, bytes: Buffer.from(text) };
      assert.deepEqual(reader.read(Buffer.from(hex, 'hex')), {
        ok: true,
        value: { sequence, frame: expected },
      });
      assert.equal(Buffer.from(writer.write(expected)).toString('hex'), hex);
    }
  }
});
