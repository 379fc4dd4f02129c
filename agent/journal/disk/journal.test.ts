import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { JournalContent, JournalRecord } from '../port.ts';
import { DiskJournal } from './journal.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'bramble-journal-'));
});
after(() => rm(root, { recursive: true }));

const fresh = () => mkdtemp(join(root, 'board-'));
const logOf = (dataDir: string) => join(dataDir, 'log');
const bootOf = (dataDir: string) => join(dataDir, 'boot');

async function session<T>(
  dataDir: string,
  work: (journal: DiskJournal, content: JournalContent) => Promise<T>,
) {
  const journal = new DiskJournal(dataDir, Date.now);
  try {
    return await work(journal, await journal.load());
  } finally {
    await journal.close();
  }
}

const contentOf = (dataDir: string) => session(dataDir, async (_journal, content) => content);

test('what was written is there after a start, which has a number of its own', async () => {
  const dataDir = await fresh();
  await session(dataDir, async (journal, content) => {
    assert.deepEqual([content.boot, content.records.size, content.damaged], [1, 0, []]);
    await journal.write([
      { key: 'pods/a', value: { text: 'line\nbreak ü 🫐' } },
      { key: 'pods/b', value: [1, null, 'x'] },
    ]);
    await journal.write([{ key: 'pods/b', value: undefined }]);
    await journal.write([{ key: 'identity', value: '' }]);
  });
  const { records, boot, damaged } = await contentOf(dataDir);
  assert.deepEqual(
    [...records],
    [
      ['pods/a', { text: 'line\nbreak ü 🫐' }],
      ['identity', ''],
    ],
  );
  assert.deepEqual([boot, damaged], [2, []]);
});

test('what did not change is not written', async () => {
  const dataDir = await fresh();
  await session(dataDir, async (journal) => {
    await journal.write([{ key: 'a', value: { x: 1 } }]);
    const { size, mtimeNs } = await stat(logOf(dataDir), { bigint: true });
    await journal.write([
      { key: 'a', value: { x: 1 } },
      { key: 'absent', value: undefined },
    ]);
    const after = await stat(logOf(dataDir), { bigint: true });
    assert.deepEqual([after.size, after.mtimeNs], [size, mtimeNs]);
  });
});

test('many writes at once keep their order', async () => {
  const dataDir = await fresh();
  await session(dataDir, async (journal) => {
    const all = Array.from({ length: 200 }, (_, index) =>
      journal.write([{ key: `k${index % 3}`, value: index }]),
    );
    await Promise.all(all);
  });
  const { records } = await contentOf(dataDir);
  assert.deepEqual([...records].sort(), [
    ['k0', 198],
    ['k1', 199],
    ['k2', 197],
  ]);
});

test('a log that is mostly out of date is tidied', async () => {
  const dataDir = await fresh();
  const value = (index: number) => `${index}`.padStart(10_000, 'x');
  await session(dataDir, async (journal) => {
    await journal.write([{ key: 'kept', value: 'k' }]);
    for (let index = 0; index < 100; index += 1)
      await journal.write([{ key: 'changing', value: value(index) }]);
    await journal.write([{ key: 'last', value: 'l' }]);
  });
  assert.ok((await stat(logOf(dataDir))).size < 300_000);
  const { records, damaged } = await contentOf(dataDir);
  assert.deepEqual(Object.fromEntries(records), { kept: 'k', changing: value(99), last: 'l' });
  assert.deepEqual(damaged, []);
});

const anyRecord = fc.record({
  key: fc.constantFrom('manifest', 'pods/a', 'pods/b', 'objects/configmaps/c'),
  value: fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 1 })),
});

function stateAfter(records: readonly JournalRecord[]): Map<string, unknown> {
  const state = new Map<string, unknown>();
  for (const { key, value } of records) {
    if (value === undefined) state.delete(key);
    else state.set(key, JSON.parse(JSON.stringify(value)));
  }
  return state;
}

const sorted = (state: ReadonlyMap<string, unknown>) => [...state].sort(([a], [b]) => (a < b ? -1 : 1));

test('cut off at any byte it holds a whole number of records, all that were answered before', async () => {
  const dataDir = await fresh();
  const records: JournalRecord[] = [
    { key: 'pods/a', value: { phase: 'ü' } },
    { key: 'pods/b', value: 2 },
    { key: 'pods/a', value: undefined },
    { key: 'pods/c', value: 'long '.repeat(8) },
  ];
  const ends: number[] = [];
  let start = 0;
  await session(dataDir, async (journal) => {
    start = (await stat(logOf(dataDir))).size;
    for (const record of records) {
      await journal.write([record]);
      ends.push((await stat(logOf(dataDir))).size);
    }
  });
  const whole = await readFile(logOf(dataDir));
  for (let length = start; length <= whole.length; length += 1) {
    const board = await fresh();
    await contentOf(board);
    await writeFile(logOf(board), whole.subarray(0, length));
    const answered = ends.filter((end) => end <= length).length;
    const expected = sorted(stateAfter(records.slice(0, answered)));
    const content = await session(board, async (journal, found) => {
      await journal.write([{ key: 'later', value: length }]);
      return found;
    });
    assert.deepEqual([sorted(content.records), content.damaged], [expected, []], `cut at ${length}`);
    const next = await contentOf(board);
    assert.deepEqual(sorted(next.records), sorted(new Map([...expected, ['later', length]])));
  }
});

test('damage anywhere is reported, and costs no record but the damaged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      async (records, hits) => {
        const dataDir = await fresh();
        await session(dataDir, (journal) => journal.write(records));
        const log = await readFile(logOf(dataDir));
        const before = log.toString('latin1').split('\n');
        for (const [at, flip] of hits) {
          const index = Math.floor(at * log.length);
          log[index] = (log[index] ?? 0) ^ flip;
        }
        await writeFile(logOf(dataDir), log);
        const untouched = log
          .toString('latin1')
          .split('\n')
          .slice(0, -1)
          .filter((line) => before.includes(line));
        const content = await contentOf(dataDir);
        // What is read is what the undamaged lines say, no more and no less.
        const expected = stateAfter(
          untouched.map((line) => parseLine(Buffer.from(line, 'latin1').toString('utf8'))),
        );
        expected.delete('!boot');
        assert.deepEqual(sorted(content.records), sorted(expected));
        assert.equal(content.boot > 1, true);
        const again = await contentOf(dataDir);
        assert.deepEqual([sorted(again.records), again.damaged], [sorted(expected), []]);
        assert.equal(again.boot > content.boot, true);
      },
    ),
    { numRuns: 150 },
  );
});

function parseLine(line: string): JournalRecord {
  const [, key = '', json] = /^\S+ (\S+)(?: (.*))?$/s.exec(line) ?? [];
  return { key, value: json === undefined ? undefined : JSON.parse(json) };
}

test('damaged lines are set aside, byte for byte', async () => {
  const dataDir = await fresh();
  await session(dataDir, (journal) =>
    journal.write([
      { key: 'pods/a', value: 'first' },
      { key: 'pods/b', value: 'second' },
    ]),
  );
  const text = await readFile(logOf(dataDir), 'utf8');
  await writeFile(logOf(dataDir), text.replace('first', 'fir_t'));
  const content = await contentOf(dataDir);
  assert.deepEqual(content.damaged, [{ key: 'pods/a', reason: 'wrong checksum' }]);
  assert.deepEqual([...content.records], [['pods/b', 'second']]);
  const aside = await readFile(join(dataDir, 'set-aside'), 'utf8');
  assert.match(aside, /^[0-9a-f]{8} pods\/a "fir_t"\n$/);
});

test('the number of the start grows whatever happens to either of its places', async () => {
  const damage = fc.constantFrom('none', 'cut', 'flip', 'empty', 'missing');
  const spoil = async (path: string, how: string) => {
    const bytes = await readFile(path);
    if (how === 'missing') await rm(path);
    if (how === 'empty') await writeFile(path, '');
    if (how === 'cut') await writeFile(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
    if (how === 'flip' && bytes.length > 0) {
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(path, bytes);
    }
  };
  const wiped = (log: string, boot: string) => /empty|missing|cut/.test(log) && /empty|missing/.test(boot);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(damage, damage), { minLength: 1, maxLength: 6 }), async (starts) => {
      const dataDir = await fresh();
      let last = (await contentOf(dataDir)).boot;
      for (const [log, boot] of starts) {
        // With both gone nothing tells a worn board from a new one.
        if (wiped(log, boot)) continue;
        await spoil(logOf(dataDir), log);
        await spoil(bootOf(dataDir), boot);
        const next = (await contentOf(dataDir)).boot;
        assert.ok(next > last, `${last} then ${next} after ${log}, ${boot}`);
        last = next;
      }
    }),
    { numRuns: 60 },
  );
});

test('a failed write is told, and the journal goes on', async () => {
  const dataDir = await fresh();
  await session(dataDir, async (journal) => {
    await assert.rejects(journal.write([{ key: 'a b', value: 1 }]), /not a key/);
    await assert.rejects(journal.write([{ key: '!boot', value: 1 }]), /not a key/);
    await assert.rejects(journal.write([{ key: 'big', value: 'x'.repeat(5_000_000) }]), /larger than/);
    await journal.write([{ key: 'good', value: 1 }]);
  });
  assert.deepEqual([...(await contentOf(dataDir)).records], [['good', 1]]);
  await assert.rejects(new DiskJournal(dataDir, Date.now).write([{ key: 'x', value: 1 }]), /not open/);
});

test('a journal that was lost with its counter does not begin at 1 again on a board that has joined', async () => {
  const dataDir = await fresh();
  const before = (await contentOf(dataDir)).boot;
  await rm(dataDir, { recursive: true });
  const journal = new DiskJournal(dataDir, Date.now, true);
  const { boot, damaged } = await journal.load();
  await journal.close();
  assert.ok(boot > before, `${before} then ${boot}`);
  assert.deepEqual(
    damaged.map(({ key }) => key),
    ['*'],
    'what is absent was lost',
  );
});
