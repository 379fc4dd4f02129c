import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { chooseSettings } from './oci-runtime.ts';
import { podmanPaths } from './settings.ts';

const machine = { systemd: false, hardLimits: { openFiles: 1_024, processes: 1_024 } };

/** A podman that runs what `script` says, with $RUNTIME as its settings name it, and notes each call. */
async function fakePodman(script: string) {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-oci-'));
  const calls = join(directory, 'calls');
  const text = `#!/bin/sh
echo "$1" >> '${calls}'
RUNTIME=$(sed -n 's/^runtime = "\\(.*\\)"/\\1/p' "$CONTAINERS_CONF")
SHARED=$(sed -n 's/^additionalimagestores = \\[\\(.*\\)\\]/\\1/p' "$CONTAINERS_STORAGE_CONF")
${script}
`;
  await writeFile(join(directory, 'podman'), text, { mode: 0o755 });
  process.env['PATH'] = `${directory}${delimiter}${process.env['PATH']}`;
  const found = podmanPaths(directory);
  const paths = { ...found, run: join(directory, 'run') };
  await mkdir(paths.root, { recursive: true });
  return {
    paths,
    calls: async () => (await readFile(calls, 'utf8')).trim().split('\n'),
    dispose: () => rm(directory, { recursive: true }),
  };
}

test('takes the first that runs a container, and remembers it', async (t) => {
  const podman = await fakePodman('[ "$1" = images ] || [ "$RUNTIME" = runc ]');
  t.after(podman.dispose);
  const settings = await chooseSettings(podman.paths, machine, '/shared');
  assert.deepEqual(settings, { ...machine, ociRuntime: 'runc', sharedImageStore: '/shared' });
  assert.deepEqual(await podman.calls(), ['images', 'run', 'run']);
  assert.deepEqual(await chooseSettings(podman.paths, machine, '/shared'), settings);
  assert.equal((await podman.calls()).length, 3);

  // The store that it relied on is gone; what was remembered is damaged.
  assert.equal((await chooseSettings(podman.paths, machine, undefined)).sharedImageStore, undefined);
  await writeFile(podman.paths.findings, '{"kernel":');
  assert.equal((await chooseSettings(podman.paths, machine, undefined)).ociRuntime, 'runc');
  assert.equal((await podman.calls()).length, 7);
});

test('does without the machine’s images where they cannot be read', async (t) => {
  const podman = await fakePodman('[ -z "$SHARED" ]');
  t.after(podman.dispose);
  const settings = await chooseSettings(podman.paths, machine, '/shared');
  assert.deepEqual([settings.ociRuntime, settings.sharedImageStore], ['crun', undefined]);
});

test('where neither works it says so in both runtimes’ words', async (t) => {
  const podman = await fakePodman('echo "$RUNTIME does not like this kernel" >&2; exit 126');
  t.after(podman.dispose);
  const error: unknown = await chooseSettings(podman.paths, machine, undefined).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BrambleError && error.code === 'BRAMBLE_NO_RUNTIME');
  assert.equal(error.message, 'crun: crun does not like this kernel\nrunc: runc does not like this kernel');
});
