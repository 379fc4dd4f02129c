import assert from 'node:assert/strict';
import test from 'node:test';
import { parseDurationMs } from './duration.ts';
import { age, table } from './table.ts';

test('durations are read with their unit, minutes unless told', () => {
  assert.equal(parseDurationMs('30d'), 30 * 86_400_000);
  assert.equal(parseDurationMs('1h'), 3_600_000);
  assert.equal(parseDurationMs('90s'), 90_000);
  assert.equal(parseDurationMs('60'), 3_600_000);
  for (const text of ['', 'h', '1.5h', '-1h', '1y', '1h30m'])
    assert.equal(parseDurationMs(text), undefined, text);
});

test('columns are as wide as their widest cell', () => {
  assert.equal(
    table(
      ['NAME', 'READY'],
      [
        ['pi-1', 'True'],
        ['a', 'Unknown'],
      ],
    ),
    'NAME   READY\npi-1   True\na      Unknown',
  );
});

test('ages are short', () => {
  const now = 10 * 86_400_000;
  const ages = [5_000, 119_000, 600_000, 8_000_000, 200_000_000].map((ms) => age(now - ms, now));
  assert.deepEqual(ages, ['5s', '119s', '10m', '2h', '2d']);
  assert.equal(age(now + 5_000, now), '0s', 'a clock that is ahead');
});
