import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type CardSettings, cardFiles } from '@bramble/firmware-scripts/flash/card-files.ts';
import { run } from '../firmware/small-image.ts';
import { project } from './fixture/bramble.ts';
import { runCommand } from './fixture/commands.ts';

const script = join(project, 'firmware-scripts/board/first-boot.sh');
const wifi = { ssid: 'Barn', password: 'correct horse', country: 'DE' };
const settings: CardSettings = {
  hostname: 'pi-7',
  user: 'keeper',
  authorizedKeys: ['ssh-ed25519 AAAA me'],
  wifi,
  timezone: 'Europe/Berlin',
  token: 'bramble1.token',
  unit: '[Unit]\nDescription=Bramble board\n',
  writtenAtSeconds: 1_700_000_000,
};

let folder = '';
const board = (path: string): string => join(folder, 'root', path);
const boot = (path: string): string => join(folder, 'boot', path);
const read = (path: string): Promise<string> => readFile(path, 'utf8');
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A board’s file systems as folders, and programs that only write down how they were called. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-first-boot-'));
  for (const path of ['etc/NetworkManager', 'etc/sudoers.d', 'usr/share/zoneinfo/Europe', 'home/keeper'])
    await mkdir(board(path), { recursive: true });
  await put(board('etc/hostname'), 'raspberrypi\n');
  await put(board('etc/hosts'), '127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n');
  await put(board('usr/share/zoneinfo/Europe/Berlin'), 'TZif');
  const facts = { names: [], commandLine: 'console=tty1 rootwait\n', mountedAt: '/boot/firmware' };
  for (const [path, text] of cardFiles(settings, facts).files) await put(boot(path), text);
  await copyFile(script, boot('bramble/first-boot.sh'));
  await put(join(folder, 'software/cli/main.ts'), 'the program\n');
  await run('tar', ['-czf', boot('bramble/board.tar.gz'), '-C', join(folder, 'software'), 'cli']);
  for (const name of ['systemctl', 'useradd', 'usermod', 'chown', 'date-set'])
    await program(name, `echo "${name} $*" >>${folder}/calls`);
  await program('id', `grep -q "^useradd.* $1$" ${folder}/calls`);
  await program('getent', 'echo "$2:x:1001:1001::/home/$2:/bin/bash"');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function program(name: string, body: string): Promise<void> {
  await put(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** Runs it as the board would; answers with its log. */
async function firstBoot(): Promise<string> {
  // The script puts the system's folders first: here the pretended programs must be found before.
  const body = (await read(boot('bramble/first-boot.sh'))).replace(
    'PATH=/usr/local/sbin',
    `PATH=${folder}/bin:/usr/local/sbin`,
  );
  await writeFile(boot('bramble/first-boot.sh'), body);
  const { code } = await runCommand('sh', [boot('bramble/first-boot.sh')], {
    env: { BRAMBLE_CARD_ROOT: board('').replace(/\/$/, '') },
  });
  assert.equal(code, 0, 'whatever happens, systemd is told that it went well, and restarts');
  return read(boot('bramble/first-boot.log'));
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test('a board is made of what is on the card', async () => {
  assert.match(await firstBoot(), /done, 0 of the steps failed/);
  assert.equal(await read(board('opt/bramble/cli/main.ts')), 'the program\n');
  assert.equal(await read(board('etc/hostname')), 'pi-7\n');
  assert.equal(await read(board('etc/hosts')), '127.0.0.1\tlocalhost\n127.0.1.1\tpi-7\n');
  assert.equal(await read(board('home/keeper/.ssh/authorized_keys')), 'ssh-ed25519 AAAA me\n');
  assert.equal(await read(board('etc/timezone')), 'Europe/Berlin\n');
  const connection = board('etc/NetworkManager/system-connections/bramble-wifi.nmconnection');
  assert.match(await read(connection), /psk=[0-9a-f]{64}/);
  assert.equal(await modeOf(connection), '600', 'NetworkManager takes no other');
  assert.equal(await read(board('etc/systemd/system/bramble-board.service')), settings.unit);
  assert.match(
    await read(board('etc/systemd/system/bramble-board.service.d/card.conf')),
    /^ExecStartPre=\/bin\/sh \/opt\/bramble\/firmware-scripts\/board\/packages\.sh$/m,
  );
  const calls = await read(join(folder, 'calls'));
  assert.match(calls, /^useradd --create-home --shell \/bin\/bash keeper$/m);
  assert.match(calls, /^systemctl enable ssh$/m);
  assert.match(calls, /^systemctl enable bramble-board\.service$/m);
});

test('secrets leave the part of the card that every computer reads, and the next boot is an ordinary one', async () => {
  await firstBoot();
  assert.equal(await read(board('var/lib/bramble/agent/join-token')), 'bramble1.token\n');
  assert.equal(await modeOf(board('var/lib/bramble/agent/join-token')), '600');
  const left = await readdir(boot('bramble'));
  for (const name of ['token', 'wifi.nmconnection', 'wpa_supplicant.conf', 'board.tar.gz', 'attempts'])
    assert.ok(!left.includes(name), `${name} is still there`);
  assert.equal(
    await read(boot('cmdline.txt')),
    'console=tty1 rootwait cgroup_enable=memory cgroup_memory=1 cfg80211.ieee80211_regdom=DE\n',
  );
});

test('cut off at any place and run again, it ends the same', async () => {
  await program('systemctl', `kill -9 $PPID`);
  await assert.rejects(firstBoot(), /systemd is told/);
  assert.match(await read(boot('cmdline.txt')), /systemd\.run=/, 'the next boot tries again');
  await program('systemctl', `echo "systemctl $*" >>${folder}/calls`);
  assert.match(await firstBoot(), /done, 0 of the steps failed/);
  assert.equal(await read(board('opt/bramble/cli/main.ts')), 'the program\n');
  assert.equal(await read(board('var/lib/bramble/agent/join-token')), 'bramble1.token\n');
});

test('a step that fails is told, and keeps the others from nothing; the Wi-Fi stays for another try', async () => {
  await rm(board('etc/NetworkManager'), { recursive: true });
  await rm(board('usr/share/zoneinfo'), { recursive: true });
  const log = await firstBoot();
  assert.match(log, /neither NetworkManager nor wpa_supplicant is on this system/);
  assert.match(log, /FAILED: Wi-Fi is set/);
  assert.match(log, /there is no time zone Europe\/Berlin here/);
  assert.match(log, /done, 2 of the steps failed/);
  assert.ok(await isThere(boot('bramble/wifi.nmconnection')));
  assert.ok(await isThere(board('etc/systemd/system/bramble-board.service')));
  assert.doesNotMatch(await read(boot('cmdline.txt')), /systemd\.run/);
});

test('where there is no NetworkManager, wpa_supplicant is told the network', async () => {
  await rm(board('etc/NetworkManager'), { recursive: true });
  await mkdir(board('etc/wpa_supplicant'));
  await mkdir(board('etc/systemd/network'), { recursive: true });
  assert.match(await firstBoot(), /done, 0 of the steps failed/);
  assert.match(await read(board('etc/wpa_supplicant/wpa_supplicant-wlan0.conf')), /country=DE/);
  assert.match(await read(join(folder, 'calls')), /^systemctl enable wpa_supplicant@wlan0$/m);
});

test('a system that the first boot brings down each time is left alone after three attempts', async () => {
  await put(boot('bramble/attempts'), '3\n');
  assert.match(await firstBoot(), /the fourth attempt: giving up/);
  assert.doesNotMatch(await read(boot('cmdline.txt')), /systemd\.run/);
  assert.equal(await isThere(board('opt/bramble')), false);
});

test('scripts for the board are free of mistakes that the shell can see', async () => {
  for (const name of ['first-boot.sh', 'packages.sh'])
    await run('sh', ['-n', join(project, 'firmware-scripts/board', name)]);
});
