import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { microTimeText, parseTime, timeText } from './time.ts';

describe('times', () => {
  it('are written as Kubernetes writes them', () => {
    const moment = parseTime('2026-03-01T01:30:00.123456789+02:30');
    assert.deepEqual(moment, { seconds: 1_772_319_600, nanos: 123_456_789 });
    assert.equal(timeText(moment ?? { seconds: 0, nanos: 0 }), '2026-02-28T23:00:00Z');
    assert.equal(microTimeText(moment ?? { seconds: 0, nanos: 0 }), '2026-02-28T23:00:00.123456Z');
  });

  it('know the calendar', () => {
    for (const text of ['2024-02-29T00:00:00Z', '2000-02-29T00:00:00Z', '1970-01-01T00:00:00-05:00']) {
      assert.ok(parseTime(text), text);
    }
    for (const text of [
      '2026-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01',
      'now',
    ]) {
      assert.equal(parseTime(text), undefined, text);
    }
  });

  it('agree with the runtime’s own calendar', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const moment = parseTime(date.toISOString());
          assert.equal(moment?.seconds, Math.floor(date.getTime() / 1_000));
          assert.equal(timeText(moment ?? { seconds: 0, nanos: 0 }), date.toISOString().replace(/\.\d+/, ''));
        },
      ),
    );
  });
});
