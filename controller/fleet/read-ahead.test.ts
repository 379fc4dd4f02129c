import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import { readAhead } from './read-ahead.ts';

function rig(payloadBytes: number) {
  const told: LinkEvent[] = [];
  let read = 0;
  const listen = readAhead((event) => told.push(event));
  const say = () =>
    listen({
      type: 'message',
      topic: 't',
      payload: Buffer.alloc(payloadBytes),
      retained: false,
      done: () => {
        read += 1;
      },
    });
  const handle = () => {
    const event = told.shift();
    assert.ok(event?.type === 'message');
    event.done();
  };
  return { told, say, handle, read: () => read };
}

test('G8 so many messages are read before their turn, and the rest in it', () => {
  const { say, handle, told, read } = rig(1);
  for (let count = 0; count < 300; count += 1) say();
  assert.equal(told.length, 300);
  assert.equal(read(), 256);
  for (let count = 0; count < 256; count += 1) handle();
  assert.equal(read(), 256, 'each is done with once');
  for (let count = 0; count < 44; count += 1) handle();
  assert.equal(read(), 300);
  say();
  assert.equal(read(), 301, 'there is room again');
});

test('G8 large messages are read ahead by their bytes', () => {
  const { say, read } = rig(600_000);
  for (let count = 0; count < 3; count += 1) say();
  assert.equal(read(), 1);
});

test('what is no message passes as it is', () => {
  const { told } = rig(1);
  readAhead((event) => told.push(event))({ type: 'connected' });
  assert.deepEqual(told, [{ type: 'connected' }]);
});
