import assert from 'node:assert/strict';
import test from 'node:test';
import { type Facts, learn, learnEvents, noFacts } from './facts.ts';

const say = (facts: Facts, topic: string, value: unknown): Facts =>
  learn(facts, `bramble/v1/${topic}`, Buffer.from(value === '' ? '' : JSON.stringify(value)), 1_000);

const board = {
  node: 'pi-1',
  ready: true,
  schedulable: true,
  addresses: [],
  model: '',
  architecture: 'arm64',
  since: '',
  reason: '',
};
const event = {
  type: 'Normal',
  reason: 'Started',
  message: 'm',
  kind: 'Pod',
  namespace: 'default',
  name: 'a',
  source: '',
  count: 1,
  time: '1',
};

test('boards come, are measured, and go', () => {
  const early = say(noFacts, 'nodes/pi-1/metrics', { cpuShare: 0.5 });
  assert.equal(early.boards.size, 0);
  const there = say(say(early, 'fleet/nodes/pi-1', board), 'nodes/pi-1/metrics', { cpuShare: 0.5 });
  assert.equal(there.boards.get('pi-1')?.metrics?.cpuShare, 0.5);
  assert.equal(there.boards.get('pi-1')?.heardAtMs, 1_000);
  const changed = say(there, 'fleet/nodes/pi-1', { ...board, ready: false });
  assert.equal(changed.boards.get('pi-1')?.metrics?.cpuShare, 0.5);
  assert.equal(say(changed, 'fleet/nodes/pi-1', '').boards.size, 0);
  assert.equal(there.boards.get('pi-1')?.fact.ready, true, 'what was drawn before does not change');
});

test('pods of the same name in two namespaces are two', () => {
  const both = say(say(noFacts, 'fleet/pods/a/x', { name: 'x' }), 'fleet/pods/b/x', { name: 'x' });
  assert.deepEqual([...both.pods.keys()], ['a/x', 'b/x']);
  assert.deepEqual([...say(both, 'fleet/pods/a/x', '').pods.keys()], ['b/x']);
});

test('an event that is told again takes its own place, and what was before us is added once', () => {
  const twice = say(say(noFacts, 'fleet/events/default', event), 'fleet/events/default', {
    ...event,
    count: 2,
    time: '3',
  });
  assert.deepEqual(
    twice.events.map(({ count }) => count),
    [2],
  );
  const all = learnEvents(twice, [event, { ...event, reason: 'Created', time: '2' }]);
  assert.deepEqual(
    all.events.map(({ reason }) => reason),
    ['Started', 'Created'],
  );
});

test('what cannot be read changes nothing', () => {
  for (const topic of ['bramble/v1/fleet/nodes/pi-1', 'elsewhere', 'bramble/v1/results/a/b'])
    assert.equal(learn(noFacts, topic, Buffer.from('{'), 0), noFacts);
  assert.equal(say(noFacts, 'controller/session', { alive: false }).controllerAlive, false);
});
