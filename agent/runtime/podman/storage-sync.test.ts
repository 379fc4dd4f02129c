import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerSpec, realPodman } from '../../testing/real-podman.ts';
import { arrivals } from './arrivals.ts';
import { StorageSync } from './storage-sync.ts';

const none = async () => undefined;

test('each container is brought to the disk once', async (t) => {
  const podman = await realPodman();
  t.after(() => podman.dispose());
  const disk = new StorageSync(podman.paths.graphRoot, arrivals(podman.paths.arrivals, 'boot'), none);
  t.after(() => disk.close());
  assert.deepEqual(await disk.syncContainers(), []);
  const { id } = await podman.runtime.create(containerSpec({ name: 'first' }));
  const first = await disk.syncContainers();
  assert.equal(first.length, 1);
  assert.deepEqual(await disk.syncContainers(), []);
  await podman.runtime.remove(id);
  await podman.runtime.create(containerSpec({ name: 'second' }));
  const second = await disk.syncContainers();
  assert.equal(second.length, 1);
  assert.notDeepEqual(second, first);
});

test('a note tells of an image until it is on the disk, even when it never came', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-arrivals-'));
  t.after(() => rm(directory, { recursive: true }));
  const notes = arrivals(directory, 'boot');
  const disk = new StorageSync(directory, notes, none);
  t.after(() => disk.close());
  const failing = disk.imageComes('localhost/a', async () => {
    assert.equal((await notes.left()).ours.length, 1);
    const { torn } = await arrivals(directory, 'next boot').left();
    assert.deepEqual([...torn.values()], [{ image: 'localhost/a', boot: 'boot' }]);
    throw new Error('no such registry');
  });
  await assert.rejects(failing, /no such registry/);
  await disk.syncImages();
  assert.deepEqual(await readdir(directory), []);
});

test('an image that was there, and is only looked up anew, leaves no note', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-arrivals-'));
  t.after(() => rm(directory, { recursive: true }));
  const disk = new StorageSync(directory, arrivals(directory, 'boot'), async () => 'id');
  t.after(() => disk.close());
  await disk.imageComes('localhost/a', async () => {
    const [arrival] = (await arrivals(directory, 'next boot').left()).torn.values();
    assert.equal(arrival?.had, 'id');
  });
  assert.deepEqual(await readdir(directory), []);
});

test('an image that podman cannot look at is had anew', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-arrivals-'));
  t.after(() => rm(directory, { recursive: true }));
  const broken = () => Promise.reject(new Error('layer not known'));
  const disk = new StorageSync(directory, arrivals(directory, 'boot'), broken);
  t.after(() => disk.close());
  let brought = 0;
  await disk.imageComes('localhost/a', async () => {
    brought += 1;
  });
  assert.equal(brought, 1);
  assert.equal((await readdir(directory)).length, 1);
});
