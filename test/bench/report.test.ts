import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdown } from './report.ts';

test('a report is a heading, its table and what limits it', () => {
  const text = markdown({
    title: 'Broker',
    about: 'Beside mosquitto.',
    columns: ['what', 'ours'],
    rows: [['a|b', '1\n2']],
    notes: ['busy'],
    limitedBy: 'JSON.',
    next: 'Less JSON.',
  });
  assert.equal(
    text,
    '## Broker\n\nBeside mosquitto.\n\n| what | ours |\n| --- | --: |\n| a\\|b | 1 2 |\n\n- busy\n\n' +
      '**Limited by:** JSON.\n\n**Next:** Less JSON.\n\n',
  );
});
