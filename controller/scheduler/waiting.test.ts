import assert from 'node:assert/strict';
import test from 'node:test';
import type { Explanation } from './explain.ts';
import type { Board } from './snapshot.ts';
import { board, pod } from './testing/facts.ts';
import { isNews, WaitingPods } from './waiting.ts';

const because = (why: string, summary = 'none'): Explanation => ({ summary, why });

function boardOf(name: string, cpu: string): Board {
  const facts = board(name, { cpu });
  return { facts, usedCpuMilli: 0, usedMemoryBytes: 0, usedPods: 0, hostPorts: [] };
}

test('a board gives hope to those alone that it would take', () => {
  const waiting = new WaitingPods();
  for (const index of [1, 2, 3]) waiting.add(pod(`small${index}`, {}, { cpu: '1' }), because('x'));
  waiting.add(pod('large', {}, { cpu: '3' }), because('x'));
  waiting.offer(boardOf('b', '500m'));
  assert.equal(waiting.hopeful.size, 0);
  waiting.offer(boardOf('b', '2'));
  assert.deepEqual(
    [...waiting.hopeful].map(({ pods }) => pods.size),
    [3],
  );
  for (const index of [1, 2, 3]) waiting.delete(`/registry/pods/default/small${index}`);
  assert.equal(waiting.hopeful.size, 0);
  assert.equal(waiting.size, 1);
});

test('an explanation is stale after a change, and news only where its sentence changed or time was given', () => {
  const waiting = new WaitingPods();
  const entry = waiting.add(pod('p'), because('one'));
  assert.ok(isNews(entry) && !waiting.isStale);
  entry.told = because('one');
  waiting.boardsChanged();
  assert.ok(waiting.isStale);
  const [group] = waiting.stale();
  assert.ok(group);
  waiting.explained(group, because('two'));
  assert.ok(!waiting.isStale && !isNews(entry) && waiting.untold.size === 0);
  waiting.boardsChanged();
  waiting.explained(group, because('three', 'another'));
  assert.ok(isNews(entry) && waiting.untold.has(group));
  entry.told = because('one', 'another');
  assert.ok(!isNews(entry));
  waiting.lookAgain();
  waiting.explained(group, because('three', 'another'));
  assert.ok(isNews(entry), 'details are told after a while');
});

test('the stalest come first, and none twice without a change', () => {
  const waiting = new WaitingPods();
  for (const zone of ['a', 'b', 'c']) waiting.add(pod(zone, { nodeSelector: { zone } }), because('x'));
  waiting.boardsChanged();
  const seen: string[] = [];
  for (const group of waiting.stale()) {
    seen.push(...[...group.pods.values()].map(({ pod: { name } }) => name));
    waiting.explained(group, because('y'));
  }
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.deepEqual([...waiting.stale()], []);
});

test('what was told of a pod stays known, but not for another pod of its name', () => {
  const waiting = new WaitingPods();
  waiting.add(pod('p'), because('x')).told = because('x');
  assert.ok(!isNews(waiting.add(pod('p', { nodeSelector: { a: 'b' } }), because('x'))));
  assert.ok(isNews(waiting.add({ ...pod('p'), uid: 'other' }, because('x'))));
  assert.equal(waiting.size, 1);
});
