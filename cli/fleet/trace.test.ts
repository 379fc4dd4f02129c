import assert from 'node:assert/strict';
import test from 'node:test';
import { formatTrace } from './trace.ts';

const step = (name: string, at: number) => ({
  step: name,
  who: 'w',
  what: 'did it',
  at,
  clock: 'controller' as const,
});

test('steps stand in the order of time, with the milliseconds since the first and since the one before', () => {
  const text = formatTrace({
    namespace: 'default',
    name: 'a',
    uid: 'u',
    steps: [step('store', 130), step('client', 100), step('scheduler', 135)],
  });
  const lines = text.split('\n');
  assert.equal(lines[0], 'pod default/a');
  assert.match(lines[2] ?? '', /^1 client +0 +\+0 /);
  assert.match(lines[3] ?? '', /^3 store +30 +\+30 /);
  assert.match(lines[4] ?? '', /^4 scheduler +35 +\+5 /);
  assert.equal(lines[5], 'not reached yet: api server, agent, runtime, lifecycle, network');
});

test('what a controller cannot know is not called not reached', () => {
  const text = formatTrace({ namespace: 'default', name: 'a', uid: 'u', steps: [step('lifecycle', 5)] });
  assert.match(text, /not known, since the controller was started after that: client, api server/);
});
