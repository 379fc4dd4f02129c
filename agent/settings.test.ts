import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './settings.ts';

const keepaliveOf = (text: string): number | undefined =>
  parseArguments(['--mqtt-keepalive-seconds', text])['mqtt-keepalive-seconds'];

test('the keepalive is a count of seconds within its bounds, or is not said', () => {
  assert.equal(parseArguments([])['mqtt-keepalive-seconds'], undefined);
  assert.deepEqual([keepaliveOf('5'), keepaliveOf('1200')], [5, 1_200]);
  for (const text of ['4', '1201', '', 'ten', '10.5', '-10'])
    assert.throws(() => keepaliveOf(text), /--mqtt-keepalive-seconds/, text);
});
