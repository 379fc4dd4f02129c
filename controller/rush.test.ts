import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { collectAfterRushes } from './collect-after-rushes.ts';
import { RushWatch } from './rush.ts';

/** When it told, of seconds with so many clients each, of which so many more dialled again. */
function looks(watch: RushWatch, clients: readonly number[], again: readonly number[] = []): number[] {
  let [before, moves] = [0, 0];
  return clients.flatMap((count, at) => {
    moves += Math.abs(count - before) + 2 * (again[at] ?? 0);
    before = count;
    return watch.look(count, moves) ? [at] : [];
  });
}

const calm = (clients: number, seconds: number): number[] => Array.from({ length: seconds }, () => clients);

test('garbage is collected when many have come and it is calm, and once more when what they set going is done', () => {
  const watch = new RushWatch();
  const coming = [300, 600, 900, 1_200];
  const end = coming.length - 1;
  assert.deepEqual(looks(watch, [...coming, ...calm(1_200, 90)]), [end + 10, end + 40]);
});

test('and again when they have gone, or have all dialled anew', () => {
  const all = calm(1_200, 60);
  assert.deepEqual(looks(new RushWatch(), [...all, ...calm(100, 60)]), [10, 40, 70, 100]);
  const again = [...calm(0, 30), 600, 600];
  assert.deepEqual(looks(new RushWatch(), calm(1_200, 90), again), [10, 41, 71]);
});

test('a lull in a rush is no end of it', () => {
  const coming = [3_000, 6_000, ...calm(9_100, 12), 9_600, 10_000];
  assert.deepEqual(looks(new RushWatch(), [...coming, ...calm(10_000, 90)]), [12, 42]);
});

test('a large fleet of which one loses its link now and then is collected once in a long while', () => {
  const hours = calm(10_000, 7_200);
  const again = hours.map(() => 1);
  assert.deepEqual(looks(new RushWatch(), hours, again), [10, 40, 2540, 2570, 5070, 5100]);
});

test('a few that come and go cause none, and nor do many while they come', () => {
  const watch = new RushWatch();
  assert.deepEqual(looks(watch, [...calm(0, 20), ...calm(1, 20), ...calm(200, 30), ...calm(0, 20)]), []);
  const steadily = Array.from({ length: 40 }, (_, second) => 100 * (second + 1));
  assert.deepEqual(looks(watch, steadily), []);
});

test('a thousand writes are collected after, and a controller that starts with many objects has no rush', async () => {
  const host = new VirtualHost();
  let looked = 0;
  const store = {
    revision: 50_000,
    get counts() {
      looked += 1;
      return { objects: 9_000, watches: 0 };
    },
  };
  let collected = 0;
  const end = collectAfterRushes(host, store, () => {
    collected += 1;
  });
  await host.elapse(60_000);
  assert.equal(collected, 0);
  store.revision += 5_000;
  await host.elapse(60_000);
  assert.equal(collected, 2);
  const before = looked;
  await host.elapse(60_000);
  assert.ok(looked - before <= 12, 'where nothing happens it looks seldom');
  end();
  store.revision += 5_000;
  await host.elapse(60_000);
  assert.equal(collected, 2);
});
