import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CardSettings, cardFiles } from './card-files.ts';
import { editCommandLine } from './kernel-command-line.ts';
import { bootMountPoint } from './root-partition.ts';
import { networkManagerConnection, wifiKey, wpaSupplicantConfiguration } from './wifi.ts';

const bookworm =
  'console=serial0,115200 console=tty1 root=PARTUUID=fee7b0a2-02 rootfstype=ext4 fsck.repair=yes rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n';

test('cmdline.txt keeps what it said, and gains memory cgroups and the first boot', () => {
  assert.equal(
    editCommandLine(bookworm, { runOnce: '/boot/firmware/bramble/first-boot.sh', wifiCountry: 'DE' }),
    `${bookworm.trim()} cgroup_enable=memory cgroup_memory=1 cfg80211.ieee80211_regdom=DE systemd.run=/boot/firmware/bramble/first-boot.sh systemd.run_success_action=reboot systemd.run_failure_action=reboot systemd.unit=kernel-command-line.target\n`,
  );
});

test('cmdline.txt is one line whatever it was; to edit it twice is to edit it once', () => {
  const word = fc.stringMatching(/^[a-z0-9_.=/,]{1,20}$/);
  const text = fc.array(fc.tuple(word, fc.constantFrom(' ', '\n', '\r\n', '  ')), { maxLength: 8 });
  fc.assert(
    fc.property(text, fc.option(fc.constant('/x.sh'), { nil: undefined }), (words, runOnce) => {
      const once = editCommandLine(words.flat().join(''), { runOnce });
      assert.match(once, /^[^\n\r]+\n$/);
      assert.equal(editCommandLine(once, { runOnce }), once);
      assert.equal(once.split(' ').filter((each) => each.trim() === 'cgroup_enable=memory').length, 1);
    }),
  );
});

test('memory cgroups that were switched off by hand are on', () => {
  assert.equal(
    editCommandLine('cgroup_disable=memory rootwait', {}),
    'rootwait cgroup_enable=memory cgroup_memory=1\n',
  );
});

test('the key of a network is the one of the standard’s test vectors, and a key stays as it is', () => {
  // IEEE 802.11i-2004, H.4.2.
  const vectors = [
    ['password', 'IEEE', 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e'],
    ['ThisIsAPassword', 'ThisIsASSID', '0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af'],
  ] as const;
  for (const [password, ssid, key] of vectors) {
    assert.equal(wifiKey({ ssid, password, country: 'DE' }), key);
    assert.equal(wifiKey({ ssid, password: key, country: 'DE' }), key);
  }
});

test('no name of a network can be taken for syntax, and no password is written down', () => {
  const wifi = { ssid: 'a"\n[ipv4]\nx=ü', password: 'correct horse', country: 'DE' };
  const connection = networkManagerConnection(wifi);
  assert.match(connection, /^ssid=97;34;10;91;105;112;118;52;93;10;120;61;195;188;$/m);
  assert.match(wpaSupplicantConfiguration(wifi), /^ {2}ssid=61220a5b697076345d0a783dc3bc$/m);
  assert.doesNotMatch(connection + wpaSupplicantConfiguration(wifi), /horse/);
  const open = { ssid: 'Barn', password: undefined, country: 'DE' };
  assert.doesNotMatch(networkManagerConnection(open), /wifi-security/);
  assert.match(wpaSupplicantConfiguration(open), /key_mgmt=NONE/);
});

const settings: CardSettings = {
  hostname: 'pi-7',
  user: 'pi',
  authorizedKeys: ['ssh-ed25519 AAAA me'],
  wifi: { ssid: 'Barn "1"', password: 'long enough', country: 'DE' },
  timezone: 'Europe/Berlin',
  token: 'bramble1.the-token',
  unit: '[Unit]\n',
  writtenAtSeconds: 1_800_000_000,
};

test('where there is cloud-init it is told all, and the kernel is not told to run anything', () => {
  const { files, firstBoot } = cardFiles(settings, {
    names: ['cmdline.txt', 'user-data', 'meta-data', 'network-config'],
    commandLine: bookworm,
    mountedAt: '/boot/firmware',
  });
  assert.equal(firstBoot, 'cloud-init');
  assert.doesNotMatch(files.get('cmdline.txt') ?? '', /systemd\.run/);
  assert.match(files.get('cmdline.txt') ?? '', /cgroup_enable=memory/);
  const [first, ...rest] = (files.get('user-data') ?? '').split('\n');
  assert.equal(first, '#cloud-config');
  const userData = JSON.parse(rest.join('\n'));
  assert.equal(userData.hostname, 'pi-7');
  assert.deepEqual(userData.users[0].ssh_authorized_keys, settings.authorizedKeys);
  assert.deepEqual(userData.runcmd, [
    ['systemctl', 'enable', '--now', 'ssh'],
    ['sh', '/boot/firmware/bramble/first-boot.sh'],
    ['systemctl', 'start', '--no-block', 'bramble-board.service'],
  ]);
  const { network } = JSON.parse(files.get('network-config') ?? '');
  assert.deepEqual(Object.keys(network.wifis.wlan0['access-points']), ['Barn "1"']);
  assert.deepEqual(
    [...files.keys()].filter((path) => /hostname|user$|wifi/.test(path)),
    [],
    'first-boot.sh finds nothing that cloud-init does',
  );
});

test('where there is none systemd runs the first boot, from where the boot partition is mounted', () => {
  const { files, firstBoot } = cardFiles(settings, {
    names: ['cmdline.txt'],
    commandLine: 'root=/dev/vda2',
    mountedAt: '/boot',
  });
  assert.equal(firstBoot, 'systemd');
  assert.match(files.get('cmdline.txt') ?? '', / systemd\.run=\/boot\/bramble\/first-boot\.sh /);
  assert.equal(files.get('bramble/hostname'), 'pi-7\n');
  assert.equal(files.get('bramble/token'), 'bramble1.the-token\n');
  assert.equal(files.has('user-data'), false);
});

test('an image that nothing would start on is refused', () => {
  assert.throws(
    () => cardFiles(settings, { names: ['EFI'], commandLine: undefined, mountedAt: '/boot' }),
    /neither cmdline\.txt nor user-data/,
  );
});

test('only what was asked for is on the card', () => {
  const none = {
    hostname: undefined,
    user: undefined,
    authorizedKeys: [],
    wifi: undefined,
    timezone: undefined,
  };
  const { files } = cardFiles(
    { ...settings, ...none },
    { names: [], commandLine: '', mountedAt: '/boot/firmware' },
  );
  assert.deepEqual([...files.keys()].sort(), [
    'bramble/bramble-board.conf',
    'bramble/bramble-board.service',
    'bramble/token',
    'bramble/written-at',
    'cmdline.txt',
  ]);
});

test('the boot partition is where fstab says', () => {
  assert.equal(bootMountPoint('PARTUUID=1-01 /boot vfat defaults 0 2\n'), '/boot');
  assert.equal(bootMountPoint('# /boot\nPARTUUID=1-01\t/boot/firmware\tvfat\n'), '/boot/firmware');
  assert.equal(bootMountPoint(''), '/boot/firmware');
});
