import assert from 'node:assert/strict';
import test from 'node:test';
import { Inbound } from './inbound.ts';
import type { LinkEvent } from './port.ts';

/** What was told, written, and asked of the socket. */
function setUp() {
  const [told, written, asked]: [Extract<LinkEvent, { type: 'message' }>[], string[], string[]] = [
    [],
    [],
    [],
  ];
  const socket = { pause: () => asked.push('pause'), resume: () => asked.push('resume') } as never;
  const onEvent = (event: LinkEvent): unknown => event.type === 'message' && told.push(event);
  const inbound = new Inbound(socket, onEvent, (bytes) => written.push(bytes.toString('hex')));
  const take = (bytes: number, qos: 0 | 1 | 2 = 0, id?: number): void =>
    inbound.take({ type: 'publish', topic: 'a', payload: Buffer.alloc(bytes), retained: false, qos, id });
  return { told, written, asked, inbound, take };
}

test('a few large messages stop the reading, and many small ones', () => {
  for (const [count, bytes] of [
    [3, 200_000],
    [65, 1],
  ] as const) {
    const { told, asked, take } = setUp();
    for (let at = 0; at < count; at += 1) take(bytes);
    assert.deepEqual([told.length, asked], [1, ['pause']]);
    for (let at = 0; at < count; at += 1) told[at]?.done();
    assert.deepEqual([told.length, asked], [count, ['pause', 'resume']]);
  }
});

test('what is done at once stops nothing', () => {
  const { told, asked, inbound } = setUp();
  const payload = Buffer.alloc(500_000);
  for (let at = 0; at < 100; at += 1) {
    inbound.take({ type: 'publish', topic: 'a', payload, retained: false, qos: 0, id: undefined });
    told.at(-1)?.done();
  }
  assert.deepEqual([told.length, asked], [100, []]);
});

test('QoS 1 is acknowledged when it is done, QoS 2 too, and again only then', () => {
  const { told, written, inbound, take } = setUp();
  take(1, 1, 5);
  take(1, 2, 6);
  take(1, 2, 6);
  assert.deepEqual(written, []);
  told[0]?.done();
  told[0]?.done();
  assert.deepEqual([told.length, written], [2, ['40020005']]);
  told[1]?.done();
  take(1, 2, 6);
  inbound.released(6);
  assert.deepEqual(written, ['40020005', '50020006', '50020006', '70020006']);
  take(1, 2, 6);
  assert.equal(told.length, 3, 'another message by then');
});

test('after the end nothing is told or acknowledged', () => {
  const { told, written, inbound, take } = setUp();
  take(1, 1, 5);
  take(1, 1, 6);
  inbound.stop();
  told[0]?.done();
  assert.deepEqual([told.length, written], [1, []]);
});
