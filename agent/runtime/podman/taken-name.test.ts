import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { containerSpec, type RealPodman, realPodman } from '../../testing/real-podman.ts';

let podman: RealPodman;
before(async () => {
  podman = await realPodman();
});
after(() => podman.dispose());

/** podman’s notes of its containers are gone; what it noted of their storage stays. */
async function forgetContainers(): Promise<void> {
  const folder = join(podman.paths.graphRoot, 'libpod');
  const database = (await readdir(folder)).filter((name) => /^(bolt_state\.db|db\.sql)/.test(name));
  assert.ok(database.length > 0, `podman’s database is not in ${folder}`);
  for (const name of database) await rm(join(folder, name));
}

test('a name that only storage holds, of which podman knows no container, is free for a new one', async () => {
  const spec = containerSpec({ name: 'torn-apart', command: ['sleep', '1000'] });
  const { id } = await podman.runtime.create(spec);
  await podman.runtime.close();
  await forgetContainers();
  const runtime = await podman.reopen();
  assert.equal(await runtime.inspect('torn-apart'), undefined);
  const made = await runtime.create(spec);
  assert.notEqual(made.id, id);
  await runtime.start(made.id);
  assert.equal((await runtime.inspect(made.id))?.state, 'running');
});
