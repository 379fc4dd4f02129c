import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { chooseTarget, type TargetView, thisMachine } from '@bramble/firmware-scripts/flash/target.ts';
import { makeSmallImage, usualImage } from '../firmware/small-image.ts';
import { project } from './fixture/bramble.ts';
import { runCommand } from './fixture/commands.ts';

const token = `bramble1.0123456789ab.${'s'.repeat(32)}.${'p'.repeat(43)}`;
let folder = '';
const file = (name: string): string => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-flash-refusals-'));
  await makeSmallImage(file('card.img'), usualImage);
});
after(() => rm(folder, { recursive: true, force: true }));

interface FakeDisk {
  /** In /sys: where it hangs. */
  readonly at: string;
  readonly device: string;
  readonly facts: Readonly<Record<string, string>>;
}

let views = 0;

/** A machine with these disks, as /sys and /proc would show it. */
async function machine(disks: readonly FakeDisk[], { mountinfo = '', swaps = '' } = {}): Promise<TargetView> {
  views += 1;
  const [sys, proc] = [file(`sys-${views}`), file(`proc-${views}`)];
  await mkdir(join(sys, 'dev', 'block'), { recursive: true });
  for (const { at, device, facts } of disks) {
    for (const [name, text] of Object.entries({ dev: device, size: '62333952', ro: '0', ...facts })) {
      await mkdir(dirname(join(sys, at, name)), { recursive: true });
      await writeFile(join(sys, at, name), `${text}\n`);
    }
    await symlink(join(sys, at), join(sys, 'dev', 'block', device));
  }
  await mkdir(join(proc, 'self'), { recursive: true });
  await writeFile(join(proc, 'self', 'mountinfo'), mountinfo);
  await writeFile(join(proc, 'swaps'), `Filename\tType\tSize\tUsed\tPriority\n${swaps}`);
  const devices = new Map(disks.map(({ at, device }) => [`/dev/${at.split('/').at(-1)}`, device]));
  return {
    sys,
    proc,
    find: async (path) => {
      const device = devices.get(path);
      return device === undefined ? thisMachine.find(path) : { kind: 'disk', bytes: 0, device };
    },
  };
}

const usb = 'devices/pci0/usb1/1-2/block/sdb';
const stick: FakeDisk = {
  at: usb,
  device: '8:16',
  facts: { removable: '1', 'device/vendor': 'Generic ', 'device/model': 'STORAGE DEVICE' },
};
const stickPart: FakeDisk = { at: `${usb}/sdb1`, device: '8:17', facts: { partition: '1' } };
const builtIn: FakeDisk = {
  at: 'devices/pci0/block/nvme0n1',
  device: '259:0',
  facts: { removable: '0', 'device/model': 'Fast' },
};
const to = (path: string, more = {}) => ({
  to: path,
  image: file('card.img'),
  imageBytes: 1_000_000,
  force: false,
  ...more,
});

test('a stick is taken, and what will be lost is told', async () => {
  const view = await machine([stick, stickPart]);
  const { loss, medium } = await chooseTarget(to('/dev/sdb'), view);
  assert.deepEqual(loss, {
    word: 'sdb',
    text: 'All of this will be lost:\n  /dev/sdb: Generic STORAGE DEVICE, 32 GB; on it: sdb1 (32 GB)',
  });
  assert.equal(medium.capacityBytes, 62_333_952 * 512);
});

test('a disk is refused while a partition of it is mounted, is swap, or part of something larger', async () => {
  const mounted = await machine([stick, stickPart], {
    mountinfo: '36 35 8:17 / /media/my\\040card rw,noatime shared:1 - vfat /dev/sdb1 rw\n',
  });
  await assert.rejects(
    chooseTarget(to('/dev/sdb', { force: true }), mounted),
    /sdb1 is mounted at \/media\/my card/,
  );
  const btrfs = await machine([stick, stickPart], {
    mountinfo: '36 35 0:31 / / rw - btrfs /dev/sdb1 rw\n',
  });
  await assert.rejects(
    chooseTarget(to('/dev/sdb', { force: true }), btrfs),
    /sdb1 holds this machine’s system/,
  );
  const swap = await machine([stick, stickPart], { swaps: '/dev/sdb1 partition 100 0 -2\n' });
  await assert.rejects(chooseTarget(to('/dev/sdb', { force: true }), swap), /swapoff \/dev\/sdb1/);
  const raid = await machine([stick, { ...stickPart, facts: { partition: '1', 'holders/md0': '' } }]);
  await assert.rejects(chooseTarget(to('/dev/sdb', { force: true }), raid), /sdb1 is part of md0/);
});

test('a partition, a disk that is built in, an empty reader and a card that is too small are told apart', async () => {
  const view = await machine([
    stick,
    stickPart,
    builtIn,
    { at: 'devices/pci0/usb2/block/sdc', device: '8:32', facts: { size: '0' } },
    { at: 'devices/mmc/block/mmcblk0', device: '179:0', facts: { removable: '0', 'device/name': 'SC32G' } },
  ]);
  await assert.rejects(chooseTarget(to('/dev/sdb1'), view), /a partition: name the whole disk, \/dev\/sdb/);
  await assert.rejects(
    chooseTarget(to('/dev/nvme0n1'), view),
    /nvme0n1 is built into this machine .*--force/,
  );
  assert.equal((await chooseTarget(to('/dev/nvme0n1', { force: true }), view)).loss?.word, 'nvme0n1');
  await assert.rejects(chooseTarget(to('/dev/sdc'), view), /sdc has no medium in it/);
  assert.match(
    (await chooseTarget(to('/dev/mmcblk0'), view)).loss?.text ?? '',
    /SC32G, 32 GB; .*no partitions/,
  );
  await assert.rejects(
    chooseTarget(to('/dev/sdb', { imageBytes: 40_000_000_000 }), view),
    /it is too small: 32 GB, and the image is 40 GB/,
  );
});

test('of files: a new one loses nothing, one that is there is named, and one behind a loop device is refused', async () => {
  const view = await machine([]);
  assert.equal((await chooseTarget(to(file('new.img')), view)).loss, undefined);
  await writeFile(file('old.img'), 'something');
  assert.equal((await chooseTarget(to(file('old.img')), view)).loss?.word, 'old.img');
  await mkdir(join(view.sys, 'block', 'loop3', 'loop'), { recursive: true });
  await writeFile(join(view.sys, 'block', 'loop3', 'loop', 'backing_file'), `${file('old.img')}\n`);
  await assert.rejects(chooseTarget(to(file('old.img')), view), /in use by a loop device/);
  await assert.rejects(
    chooseTarget(to(file('new.img'), { imageBytes: 1e18 }), view),
    /left, and the image is 1000000 TB/,
  );
});

/** What `bramble flash` says when it refuses; nothing was written. */
async function refused(...words: readonly string[]): Promise<string> {
  const args = [
    'flash',
    '--image',
    file('card.img'),
    '--url',
    'https://127.0.0.1:1',
    '--to',
    file('never.img'),
  ];
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [join(project, 'cli/main.ts'), ...args, ...words],
    { env: { ...process.env, HOME: folder } },
  );
  assert.notEqual(code, 0, stdout);
  await assert.rejects(stat(file('never.img')), { code: 'ENOENT' });
  return stderr;
}

test('the command line is checked whole before anything is written', async () => {
  await writeFile(file('private'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  await writeFile(file('short'), 'short\n');
  const cases: readonly [readonly string[], RegExp][] = [
    [[], /--token: is missing; `bramble token create/],
    [['--token', 'nonsense'], /--token: this is not a join token/],
    [['--token', token, '--hostname', 'Pi_7'], /--hostname: must be a DNS label/],
    [['--token', token, '--labels', 'site'], /--labels: "site" is no label/],
    [['--token', token, '--mqtt-keepalive', '1s'], /--mqtt-keepalive: must be a duration from 5s to 20m/],
    [
      ['--token', token, '--wifi-ssid', 'x'.repeat(33), '--wifi-country', 'DE'],
      /--wifi-ssid: .* 1 to 32 bytes/,
    ],
    [['--token', token, '--wifi-ssid', 'Barn'], /--wifi-country: is missing/],
    [['--token', token, '--wifi-country', 'DE'], /--wifi-ssid: is missing/],
    [
      [
        '--token',
        token,
        '--wifi-ssid',
        'Barn',
        '--wifi-country',
        'DE',
        '--wifi-password-file',
        file('short'),
      ],
      /--wifi-password-file: .*short: a Wi-Fi password has 8 to 63/,
    ],
    [['--token', token, '--ssh-key', file('private')], /--ssh-key: .* is a private key.*private\.pub/],
    [['--token', token, '--ssh-key', file('short')], /--ssh-key: .* holds no public key/],
    [['--token', token, '--user', 'me'], /--ssh-key: is missing/],
    [['--token', token, '--timezone', 'Europe/Nowhere'], /--timezone: there is no such time zone/],
    [['--token', token, '--to', file('card.img')], /is the image itself/],
    [['--token', token, '--to', folder], /is a folder/],
    [['--token', token, '--to', '/dev/no-such-disk'], /there is no \/dev\/no-such-disk: is the card in\?/],
    [['--token', token, '--to', '/dev/null'], /neither a disk nor a file/],
  ];
  for (const [words, expected] of cases) assert.match(await refused(...words), expected);
});

test('a file that is there is written over only when somebody says so', async () => {
  await writeFile(file('kept.img'), 'precious');
  const said = await refused('--token', token, '--to', file('kept.img'));
  assert.match(
    said,
    /This file will be written over:\n {2}.*kept\.img, 8 bytes\n.*nothing was written: say --yes/s,
  );
  assert.equal((await stat(file('kept.img'))).size, 8);
});
