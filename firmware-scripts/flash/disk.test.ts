import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, type DiskPart, describeDisk, objectionsTo, sizeText } from './disk.ts';
import { progressText } from './progress.ts';

const part = (name: string, facts: Partial<DiskPart> = {}): DiskPart => ({
  name,
  bytes: 1_000_000_000,
  mountedAt: [],
  isSwap: false,
  holders: [],
  ...facts,
});

const card: Disk = {
  name: 'sdb',
  bytes: 31_914_983_424,
  model: 'Generic STORAGE DEVICE',
  isReadOnly: false,
  isRemovable: true,
  whole: part('sdb'),
  parts: [part('sdb1'), part('sdb2')],
};

test('a card in a reader may be written to, and is described', () => {
  assert.deepEqual(objectionsTo(card, false), []);
  assert.equal(
    describeDisk(card),
    '/dev/sdb: Generic STORAGE DEVICE, 32 GB; on it: sdb1 (1.0 GB), sdb2 (1.0 GB)',
  );
});

test('what is in use may not be, whatever the flags', () => {
  const cases: readonly [Partial<DiskPart>, RegExp][] = [
    [{ mountedAt: ['/', '/home'] }, /^sdb2 holds this machine’s system$/],
    [{ mountedAt: ['/media/card'] }, /^sdb2 is mounted at \/media\/card: umount \/media\/card$/],
    [{ isSwap: true }, /swapoff \/dev\/sdb2/],
    [{ holders: ['dm-0'] }, /part of dm-0/],
  ];
  for (const [facts, expected] of cases) {
    const [objection = '', ...more] = objectionsTo({ ...card, parts: [part('sdb2', facts)] }, true);
    assert.match(objection, expected);
    assert.deepEqual(more, []);
  }
  assert.match(
    objectionsTo({ ...card, whole: part('sdb', { holders: ['md0'] }) }, true)[0] ?? '',
    /sdb is part of md0/,
  );
});

test('a disk that is built in takes --force; a locked or absent card is named', () => {
  assert.match(objectionsTo({ ...card, isRemovable: false }, false)[0] ?? '', /--force/);
  assert.deepEqual(objectionsTo({ ...card, isRemovable: false }, true), []);
  assert.match(objectionsTo({ ...card, isReadOnly: true }, true)[0] ?? '', /lock switch/);
  assert.match(objectionsTo({ ...card, bytes: 0 }, true)[0] ?? '', /no medium/);
});

test('progress tells how much, how fast and how long', () => {
  const at = { doneBytes: 312_000_000, totalBytes: 3_120_000_000, elapsedMs: 8_000 };
  assert.equal(progressText(at), '312 MB of 3.1 GB (10 %), 39 MB/s, 1 min 12 s left');
  assert.equal(progressText({ ...at, totalBytes: undefined }), '312 MB, 39 MB/s');
  assert.equal(
    progressText({ ...at, doneBytes: at.totalBytes, elapsedMs: 0 }),
    '3.1 GB of 3.1 GB (100 %), 0 bytes/s',
  );
  assert.equal(sizeText(999), '999 bytes');
});
