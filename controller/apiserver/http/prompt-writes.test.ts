import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { PromptWrites } from './prompt-writes.ts';

test('few writes are prompt, many wait, and after a while there are some again', () => {
  const host = new VirtualHost();
  const prompt = new PromptWrites();
  const taken = (): number => Array.from({ length: 1_000 }, () => prompt.take(host)).filter(Boolean).length;
  const first = taken();
  assert.ok(first > 1 && first < 100, `${first} of a thousand`);
  assert.equal(taken(), 0);
  host.advance(limits.watchCoalesceMs);
  assert.equal(taken(), first);
  assert.equal(host.timers, 1, 'one timer for all of them');
});
