import assert from 'node:assert/strict';
import test from 'node:test';
import { createHost } from './node-host.ts';

const host = createHost(() => {});

test('a timer fires once, and not when cancelled', async () => {
  const fired: string[] = [];
  const cancel = host.timer(1, () => fired.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    host.timer(5, () => {
      fired.push('kept');
      resolve();
    });
  });
  assert.deepEqual(fired, ['kept']);
});

test('a delay beyond what setTimeout takes does not fire at once', async () => {
  let fired = false;
  const cancel = host.timer(2 ** 40, () => {
    fired = true;
  });
  await new Promise((resolve) => host.timer(20, () => resolve(undefined)));
  cancel();
  assert.equal(fired, false);
});

test('deferred turns run after the current one, in order', async () => {
  const seen: number[] = [];
  host.defer(() => seen.push(2));
  const last = new Promise<void>((resolve) => host.defer(resolve));
  seen.push(1);
  await last;
  assert.deepEqual(seen, [1, 2]);
});
