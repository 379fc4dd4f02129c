import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogReader } from './log-lines.ts';

const time = '2026-11-22T17:33:03.092254538+00:00';
const later = '2026-11-22T17:33:04.092254538+00:00';

function textOf(reader: LogReader, pieces: readonly Uint8Array[]): { stdout: string; stderr: string } {
  const bytes = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for (const piece of pieces) for (const chunk of reader.read(piece)) bytes[chunk.stream].push(chunk.bytes);
  return { stdout: Buffer.concat(bytes.stdout).toString(), stderr: Buffer.concat(bytes.stderr).toString() };
}

test('the same text comes out however the bytes arrive', () => {
  const line = fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    whole: fc.boolean(),
    text: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' ')),
  });
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
      const all = Buffer.from(
        lines.map(({ stream, whole, text }) => `${time} ${stream} ${whole ? 'F' : 'P'} ${text}\n`).join(''),
      );
      const pieces: Buffer[] = [];
      let from = 0;
      for (const cut of cuts) {
        pieces.push(all.subarray(from, from + cut));
        from += cut;
      }
      pieces.push(all.subarray(from));
      const expected = (wanted: string) =>
        lines
          .filter(({ stream }) => stream === wanted)
          .map(({ whole, text }) => (whole ? `${text}\n` : text))
          .join('');
      const got = textOf(new LogReader({ timestamps: false, since: undefined }), pieces);
      assert.deepEqual(got, { stdout: expected('stdout'), stderr: expected('stderr') });
    }),
  );
});

test('a line in parts has one timestamp', () => {
  const reader = new LogReader({ timestamps: true, since: undefined });
  const log = `${time} stdout P one \n${time} stderr F other\n${later} stdout P and \n${later} stdout F two\n${later} stdout F three\n`;
  assert.deepEqual(textOf(reader, [Buffer.from(log)]), {
    stdout: '2026-11-22T17:33:03.092254538Z one and two\n2026-11-22T17:33:04.092254538Z three\n',
    stderr: '2026-11-22T17:33:03.092254538Z other\n',
  });
});

test('timestamps are in universal time, whatever the machine’s own', () => {
  const stamp = (written: string): string => {
    const reader = new LogReader({ timestamps: true, since: undefined });
    return textOf(reader, [Buffer.from(`${written} stdout F x\n`)]).stdout;
  };
  assert.equal(stamp('2026-11-23T01:33:03.000000001+02:30'), '2026-11-22T23:03:03.000000001Z x\n');
  assert.equal(stamp('2026-11-22T23:33:03.120000000-01:00'), '2026-11-23T00:33:03.120000000Z x\n');
  assert.equal(stamp('2026-11-22T23:33:03.1Z'), '2026-11-22T23:33:03.100000000Z x\n');
});

test('since leaves out what is older, and nonsense is skipped', () => {
  const reader = new LogReader({ timestamps: false, since: '2026-11-22T17:33:04Z' });
  const log = `${time} stdout F old\nnonsense\n\n${later} stdnull F x\n${later} stdout F new\n`;
  assert.deepEqual(textOf(reader, [Buffer.from(log)]), { stdout: 'new\n', stderr: '' });
});
