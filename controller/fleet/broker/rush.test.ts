import assert from 'node:assert/strict';
import test from 'node:test';
import { RushWatch } from './rush.ts';

function looks(watch: RushWatch, clients: readonly number[]): number[] {
  return clients.flatMap((count, at) => (watch.look(count) ? [at] : []));
}

const calm = (clients: number, seconds: number): number[] => Array.from({ length: seconds }, () => clients);

test('garbage is collected once when many have come and it is calm, and again when they have gone', () => {
  const watch = new RushWatch();
  const coming = [300, 600, 900, 1_200];
  assert.deepEqual(looks(watch, [...coming, ...calm(1_200, 60)]), [coming.length + 9]);
  assert.deepEqual(looks(watch, calm(100, 60)), [10]);
});

test('a few that come and go cause none, and nor do many while they come', () => {
  const watch = new RushWatch();
  assert.deepEqual(looks(watch, [...calm(0, 20), ...calm(1, 20), ...calm(400, 30), ...calm(0, 20)]), []);
  const steadily = Array.from({ length: 40 }, (_, second) => 100 * (second + 1));
  assert.deepEqual(looks(watch, steadily), []);
});
