import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CardSettings } from '@bramble/firmware-scripts/flash/card-files.ts';
import { checkImage, flash } from '@bramble/firmware-scripts/flash/flash.ts';
import { openImage } from '@bramble/firmware-scripts/flash/image-source.ts';
import { fileMedium, type Medium } from '@bramble/firmware-scripts/flash/medium.ts';
import type { Progress } from '@bramble/firmware-scripts/flash/progress.ts';
import type { Software } from '@bramble/firmware-scripts/flash/software.ts';
import {
  cutShort,
  damage,
  makeSmallImage,
  namesOnBoot,
  onBoot,
  onRoot,
  run,
  type SmallImage,
  usualImage,
} from '../firmware/small-image.ts';

let folder = '';
let software: Software;
const file = (name: string): string => join(folder, name);
const silent = (): void => {};

const settings: CardSettings = {
  hostname: 'pi-7',
  user: 'keeper',
  authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me'],
  wifi: { ssid: 'Barn', password: 'correct horse', country: 'DE' },
  timezone: 'UTC',
  token: 'bramble1.token',
  unit: '[Unit]\nDescription=Bramble board\n',
  writtenAtSeconds: 1_800_000_000,
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-flash-e2e-'));
  await makeSmallImage(file('card.img'), usualImage);
  await writeFile(file('software.tar.gz'), Buffer.alloc(1_500_000, 'software'));
  software = { path: file('software.tar.gz'), bytes: 1_500_000 };
});
after(() => rm(folder, { recursive: true, force: true }));

/** Flashes to a new file, and answers with its path beside what came of it. */
async function flashTo(
  name: string,
  image: string,
  more: Partial<{ medium: Medium; software: Software }> = {},
) {
  const path = file(name);
  const request = { source: await openImage(image), medium: fileMedium(path), settings, software, ...more };
  return { path, ...(await flash(request, silent)) };
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

test('an image packed with xz becomes a card: settings, software and the hook of the first boot are on it', async () => {
  await run('xz', ['-k', '-1', file('card.img')]);
  const { path, ...done } = await flashTo('packed.img', file('card.img.xz'));
  assert.deepEqual(done, {
    bytes: (await stat(file('card.img'))).size,
    sha256: await sha256(file('card.img')),
    firstBoot: 'systemd',
    softwareIn: 'boot partition',
  });
  assert.match(
    await onBoot(path, 'cmdline.txt'),
    /^console=tty1 root=PARTUUID=1-02 rootwait cgroup_enable=memory .* systemd\.run=\/boot\/firmware\/bramble\/first-boot\.sh .*\n$/,
  );
  assert.equal(await onBoot(path, 'config.txt'), 'arm_64bit=1\n', 'what else is there stays');
  assert.deepEqual(await namesOnBoot(path, 'bramble'), [
    ...['authorized_keys', 'board.tar.gz', 'bramble-board.conf', 'bramble-board.service', 'first-boot.sh'],
    ...['hostname', 'timezone', 'token', 'user', 'wifi.nmconnection', 'wpa_supplicant.conf', 'written-at'],
  ]);
  assert.equal(await onBoot(path, 'bramble/token'), 'bramble1.token\n');
  assert.equal(await onBoot(path, 'bramble/board.tar.gz'), await readFile(software.path, 'utf8'));
  assert.equal(
    await onRoot(path, usualImage, 'etc/hostname'),
    'raspberrypi\n',
    'the root partition is untouched',
  );
  await run('sh', ['-n'], await onBoot(path, 'bramble/first-boot.sh'));
});

test('what is written is told on the way, and so is what is read back', async () => {
  const told: { what: string; progress: Progress }[] = [];
  const source = await openImage(file('card.img'));
  const request = { source, medium: fileMedium(file('told.img')), settings, software };
  const { bytes } = await flash(request, (what, progress) => told.push({ what, progress }));
  for (const what of ['writing', 'reading back']) {
    const steps = told.filter((each) => each.what === what).map(({ progress }) => progress);
    assert.ok(steps.length > 1);
    assert.deepEqual(
      steps.map(({ doneBytes }) => doneBytes),
      steps.map(({ doneBytes }) => doneBytes).sort((a, b) => a - b),
    );
    assert.deepEqual([steps.at(-1)?.doneBytes, steps.at(-1)?.totalBytes], [bytes, bytes]);
  }
});

test('gzip does as well; of zeros a file holds none', async () => {
  await run('gzip', ['-k', '-1', file('card.img')]);
  const { path, sha256: found } = await flashTo('gzipped.img', file('card.img.gz'));
  assert.equal(found, await sha256(file('card.img')));
  const { blocks, size } = await stat(path);
  assert.ok(blocks * 512 < size / 2, `${blocks * 512} of ${size} bytes take room`);
});

test('an image with cloud-init on board is told by it', async () => {
  const boot = { ...usualImage.boot, 'user-data': '#cloud-config\n', 'meta-data': '' };
  await makeSmallImage(file('cloud.img'), { ...usualImage, boot });
  const { path, firstBoot } = await flashTo('cloud-card.img', file('cloud.img'));
  assert.equal(firstBoot, 'cloud-init');
  assert.match(await onBoot(path, 'user-data'), /^#cloud-config\n[\s\S]*first-boot\.sh/);
  assert.match(await onBoot(path, 'meta-data'), /"instance-id": "bramble-1800000000"/);
  assert.doesNotMatch(await onBoot(path, 'cmdline.txt'), /systemd\.run/);
  assert.ok(!(await namesOnBoot(path, 'bramble')).includes('hostname'));
});

test('where the boot partition is too small the software is in the root partition; where that is as well, it is told', async () => {
  const small: SmallImage = { ...usualImage, bootMib: 4 };
  await makeSmallImage(file('small.img'), small);
  const { path, softwareIn } = await flashTo('small-card.img', file('small.img'));
  assert.equal(softwareIn, 'root partition');
  assert.ok(!(await namesOnBoot(path, 'bramble')).includes('board.tar.gz'));
  assert.equal(await onRoot(path, small, 'bramble-board.tar.gz'), await readFile(software.path, 'utf8'));
  assert.equal(await onRoot(path, small, 'etc/hostname'), 'raspberrypi\n');
  await writeFile(file('huge'), Buffer.alloc(30_000_000));
  const huge = { path: file('huge'), bytes: 30_000_000 };
  await assert.rejects(
    flashTo('full.img', file('card.img'), { software: huge }),
    /no room for Bramble and its Node \(30 MB\)/,
  );
});

/** A card that forgets what was written to one place, as counterfeit ones do. */
function forgetful(path: string): Medium {
  const good = fileMedium(path);
  return {
    ...good,
    async open() {
      const opened = await good.open();
      return {
        ...opened,
        async finish(bytes) {
          await opened.finish(bytes);
          await damage(path, bytes - 1);
        },
      };
    },
  };
}

test('a card that does not give back what was written is told from a good one', async () => {
  await assert.rejects(
    flashTo('forgetful.img', file('card.img'), { medium: forgetful(file('forgetful.img')) }),
    /forgetful\.img does not give back what was written to it: the card, or its reader, is broken/,
  );
});

test('a card that is too small is told before it is written to, or where the image did not say its size, when it is full', async () => {
  const medium = { ...fileMedium(file('tiny.img')), capacityBytes: 2_097_152 };
  await assert.rejects(
    flashTo('tiny.img', file('card.img'), { medium }),
    /too small: it holds 2\.1 MB.*43 MB/,
  );
  await assert.rejects(stat(file('tiny.img')), { code: 'ENOENT' });
  await assert.rejects(flashTo('tiny.img', file('card.img.gz'), { medium }), /too small/);
});

test('an image that is damaged, or none at all, is refused before anything is written over', async () => {
  const check = async (path: string, hash?: string): Promise<void> => checkImage(await openImage(path), hash);
  await check(file('card.img.xz'), (await sha256(file('card.img.xz'))).toUpperCase());
  await assert.rejects(
    check(file('card.img.xz'), '0'.repeat(64)),
    /--sha256: .* has the SHA-256 [0-9a-f]{64}/,
  );
  const packed = await readFile(file('card.img.xz'));
  await writeFile(file('cut.img.xz'), packed);
  await cutShort(file('cut.img.xz'), packed.length - 100);
  await assert.rejects(check(file('cut.img.xz')), /cut\.img\.xz is damaged, or was not downloaded whole/);
  await writeFile(file('noise.img'), Buffer.alloc(100_000, 7));
  await assert.rejects(check(file('noise.img')), /noise\.img: the image has no partition table/);
  await writeFile(file('zipped.zip'), 'PK\u0003\u0004 and so on');
  await assert.rejects(check(file('zipped.zip')), /a zip archive: unpack it first/);
  await assert.rejects(check(file('absent.img')), /--image: .*absent\.img cannot be read/);
  await assert.rejects(check(folder), /is no file/);
});

test('an xz file that breaks half-way is told when that shows', async () => {
  await writeFile(file('broken.img.xz'), await readFile(file('card.img.xz')));
  await damage(file('broken.img.xz'), Math.floor((await stat(file('broken.img.xz'))).size / 2));
  await assert.rejects(
    flashTo('broken.img', file('broken.img.xz')),
    /broken\.img\.xz cannot be unpacked: .*corrupt/,
  );
});
