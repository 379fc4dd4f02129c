import assert from 'node:assert/strict';
import test from 'node:test';
import { payloads } from './payloads.ts';
import { parseTopic, root } from './topics.ts';

test('every payload is of a topic of ours, and every form of topic has a payload', () => {
  const types = payloads.map(({ topic }) => {
    const parsed = parseTopic(`${root}/${topic.replaceAll(/\{\w+\}/g, 'x')}`);
    assert.ok(parsed, topic);
    return parsed.type;
  });
  for (const type of [
    'apply',
    'get',
    'results',
    'fleet-pod',
    'metrics',
    'manifest',
    'status',
    'acks',
  ] as const)
    assert.ok(types.includes(type), type);
  const names = payloads.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
