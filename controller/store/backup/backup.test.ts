import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BrambleError, type ErrorCode } from '@bramble/protocol/errors.ts';
import { LevelEngine } from '../level/level-engine.ts';
import { keyOf, put, remove, runStore, transaction } from '../testing/running-store.ts';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import type { StoredObject } from '../types.ts';
import type { BackupHeader } from './format.ts';
import { restoreBackup } from './restore.ts';
import { writeBackup } from './write-backup.ts';

const nowMs = Date.UTC(2026, 10, 22);

interface Made {
  readonly directory: string;
  readonly file: string;
  readonly header: BackupHeader;
  readonly objects: readonly StoredObject[];
}

/** A closed store with 1,200 objects, and a backup of it. */
async function make(parent: string): Promise<Made> {
  const directory = join(parent, 'store');
  const file = join(parent, 'backups', 'store.backup');
  const { store, stop } = await runStore(new LevelEngine({ directory }));
  for (let batch = 0; batch < 12; batch += 1) {
    const writes = Array.from({ length: 100 }, (_, index) => put(`${batch}-${index}`, { text: 'häßlich\n' }));
    await store.commit(transaction([...writes, put('gone'), remove('gone')]));
  }
  const header = await writeBackup(store, file, nowMs);
  const objects = store.list('');
  await stop();
  return { directory, file, header, objects };
}

function refusal(code: ErrorCode, words = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BrambleError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

test('a restored store has the same objects, another storeId, a revision far ahead and a higher epoch', () =>
  inTemporaryDirectory(async (parent) => {
    const { file, header, objects } = await make(parent);
    const target = join(parent, 'restored');
    const restored = await restoreBackup(file, target);
    const { store, stop } = await runStore(new LevelEngine({ directory: target }));
    assert.equal(objects.length, 1_200);
    assert.deepEqual(store.list(''), objects);
    assert.notEqual(store.storeId, header.storeId);
    assert.equal(store.storeId, restored.storeId);
    assert.equal(store.revision, header.revision + 1_000_000);
    assert.ok(store.epoch > header.epoch);
    assert.equal(store.watch({ prefix: '/', from: header.revision, onEvents: () => {} }).ok, false);
    assert.equal((await store.commit(transaction([put('after')]))).ok, true);
    await stop();
  }));

test('a backup holds the moment at which it was asked for, while the store goes on', () =>
  inTemporaryDirectory(async (parent) => {
    const { store, stop } = await runStore(new LevelEngine({ directory: join(parent, 'store') }));
    await store.commit(transaction(['a', 'b', 'c'].map((name) => put(name))));
    const file = join(parent, 'backup');
    const backup = writeBackup(store, file, nowMs);
    await store.commit(transaction([remove('a'), put('d')]));
    const header = await backup;
    await stop();
    assert.deepEqual([header.revision, header.objects], [3, 3]);
    await restoreBackup(file, join(parent, 'restored'));
    const again = await runStore(new LevelEngine({ directory: join(parent, 'restored') }));
    assert.deepEqual(
      again.store.list('').map(({ key }) => key),
      ['a', 'b', 'c'].map(keyOf),
    );
    await again.stop();
  }));

test('a backup is its owner’s alone, and tells when and of what it was made', () =>
  inTemporaryDirectory(async (parent) => {
    const { file, header } = await make(parent);
    assert.equal(statSync(file).mode & 0o077, 0);
    const [first = ''] = gunzipSync(readFileSync(file)).toString().split('\n');
    assert.deepEqual(JSON.parse(first), header);
    assert.equal(header.createdAt, '2026-11-22T00:00:00.000Z');
    assert.deepEqual(readdirSync(join(parent, 'backups')), ['store.backup']);
  }));

test('a store in the way is refused; with replace it is moved aside, and the epoch still grows', () =>
  inTemporaryDirectory(async (parent) => {
    const { directory, file, header } = await make(parent);
    await assert.rejects(restoreBackup(file, directory), refusal('BRAMBLE_STORE_EXISTS'));
    for (let opening = 0; opening < 3; opening += 1) {
      const engine = new LevelEngine({ directory });
      await engine.open();
      await engine.close();
    }
    const { movedTo } = await restoreBackup(file, directory, { replace: true });
    const restored = await new LevelEngine({ directory }).open();
    assert.equal(restored.epoch, header.epoch + 4);
    const old = await new LevelEngine({ directory: movedTo ?? '' }).open();
    assert.equal(old.storeId, header.storeId);
  }));

test('a corrupt store can be replaced; one that is in use cannot', () =>
  inTemporaryDirectory(async (parent) => {
    const { directory, file } = await make(parent);
    const engine = new LevelEngine({ directory });
    await engine.open();
    await assert.rejects(restoreBackup(file, directory, { replace: true }), refusal('BRAMBLE_STORE_LOCKED'));
    await engine.close();
    writeFileSync(join(directory, 'CURRENT'), 'nonsense');
    await restoreBackup(file, directory, { replace: true });
    const again = new LevelEngine({ directory });
    assert.equal([...(await again.open()).objects].length, 1_200);
    await again.close();
  }));

const damages: [string, RegExp, (bytes: Buffer) => Buffer][] = [
  ['cut short', /unexpected end|cut short/, (bytes) => bytes.subarray(0, bytes.length - 200)],
  ['no gzip', /header/, () => Buffer.from('hello')],
  ['empty', /unexpected end|cut short|empty/, () => Buffer.alloc(0)],
  ['a line lost', /should hold 1200/, (bytes) => edit(bytes, (lines) => lines.splice(5, 1))],
  ['a line twice', /comes the key/, (bytes) => edit(bytes, (lines) => lines.splice(5, 0, lines[5] ?? ''))],
  ['a value changed', /checksum/, (bytes) => edit(bytes, (lines) => alter(lines, 7, /häßlich/, 'hübsch'))],
  ['no last line', /cut short/, (bytes) => edit(bytes, (lines) => lines.splice(-2, 1))],
  [
    'a line after the last',
    /follows/,
    (bytes) => edit(bytes, (lines) => lines.splice(-1, 0, '{"key":"/z"}')),
  ],
  [
    'another format',
    /version 2/,
    (bytes) => edit(bytes, (lines) => alter(lines, 0, /"version":1/, '"version":2')),
  ],
  [
    'another program’s',
    /does not begin/,
    (bytes) => edit(bytes, (lines) => alter(lines, 0, /bramble/, 'other')),
  ],
  ['no JSON', /no JSON/, (bytes) => edit(bytes, (lines) => alter(lines, 9, /^\{/, '<'))],
];

function edit(bytes: Buffer, change: (lines: string[]) => unknown): Buffer {
  const lines = gunzipSync(bytes).toString().split('\n');
  change(lines);
  return gzipSync(lines.join('\n'));
}

function alter(lines: string[], at: number, pattern: RegExp, by: string): void {
  lines[at] = (lines[at] ?? '').replace(pattern, by);
}

test('a damaged backup is refused, with what is wrong, and changes nothing', () =>
  inTemporaryDirectory(async (parent) => {
    const { directory, file, header } = await make(parent);
    for (const [what, words, damage] of damages) {
      const damaged = join(parent, 'damaged');
      writeFileSync(damaged, damage(readFileSync(file)));
      const attempt = restoreBackup(damaged, directory, { replace: true });
      await assert.rejects(attempt, refusal('BRAMBLE_BACKUP_UNUSABLE', words), what);
      assert.equal(existsSync(`${directory}.unfinished`), false);
    }
    const engine = new LevelEngine({ directory });
    assert.equal((await engine.open()).storeId, header.storeId);
    await engine.close();
  }));

test('a backup of a newer layout is refused', () =>
  inTemporaryDirectory(async (parent) => {
    const { file } = await make(parent);
    const newer = edit(readFileSync(file), (lines) =>
      alter(lines, 0, /"schemaVersion":1/, '"schemaVersion":2'),
    );
    writeFileSync(file, newer);
    await assert.rejects(restoreBackup(file, join(parent, 'other')), refusal('BRAMBLE_STORE_NEWER'));
  }));

test('a pod that had no board is another pod in the restored store: its old self may run somewhere by now', () =>
  inTemporaryDirectory(async (parent) => {
    const directory = join(parent, 'store');
    const file = join(parent, 'store.backup');
    const { store, stop } = await runStore(new LevelEngine({ directory }));
    const pod = (name: string, spec: object): Parameters<typeof store.commit>[0]['writes'][number] => ({
      type: 'put',
      key: `/registry/pods/default/${name}`,
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', uid: `uid-${name}` },
        spec,
      },
    });
    await store.commit(transaction([pod('bound', { nodeName: 'pi-1' }), pod('waiting', {})]));
    await writeBackup(store, file, nowMs);
    await stop();
    const target = join(parent, 'restored');
    await restoreBackup(file, target);
    const restored = await runStore(new LevelEngine({ directory: target }));
    const uidOf = (name: string) => restored.store.get(`/registry/pods/default/${name}`)?.object.metadata.uid;
    assert.equal(uidOf('bound'), 'uid-bound');
    assert.match(uidOf('waiting') ?? '', /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    await restored.stop();
  }));
