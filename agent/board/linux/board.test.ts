import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { machine, metrics } from '@bramble/protocol/messages/session.ts';
import { LinuxBoard } from './board.ts';
import { ownAddresses } from './inventory.ts';
import { cpuTimes, defaultInterface, isThrottled, memoryBytes, networkBytes, shareBetween } from './proc.ts';

async function fakeRoot(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bramble-board-'));
  for (const [path, text] of Object.entries(files)) await put(root, path, text);
  return root;
}

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const boardOn = (root: string) =>
  new LinuxBoard({
    root,
    dataDir: root,
    agentVersion: '1.2.3',
    runtimeVersion: async () => 'podman://5.4.0',
  });

const raspberry = {
  '/proc/stat': 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n',
  '/proc/meminfo': 'MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     600 kB\n',
  '/proc/uptime': '12345.67 23456.78\n',
  '/proc/net/dev':
    'Inter-|   Receive\n face |bytes\n    lo: 99 1 0 0 0 0 0 0 99 1 0 0 0 0 0 0\n' +
    ' wlan0: 700 1 0 0 0 0 0 0 80 1 0 0 0 0 0 0\n  eth0:11 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n' +
    'bramble0: 44 1 0 0 0 0 0 0 44 1 0 0 0 0 0 0\nbv0123456789ab: 44 1 0 0 0 0 0 0 44 1 0 0 0 0 0 0\n',
  '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  '/proc/device-tree/serial-number': '10000000abcdef01\0',
  '/etc/os-release': 'PRETTY_NAME="Raspberry Pi OS 12"\nNAME="x"\n',
  '/sys/class/thermal/thermal_zone0/type': 'gpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '11000\n',
  '/sys/class/thermal/thermal_zone1/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone1/temp': '48312\n',
  '/sys/devices/platform/soc/soc:firmware/get_throttled': '50005\n',
};

test('a Raspberry Pi is sampled from its files', async (t) => {
  const root = await fakeRoot(raspberry);
  t.after(() => rm(root, { recursive: true }));
  const board = boardOn(root);
  await put(root, '/proc/stat', 'cpu  150 0 125 800 125 0 0 0 0 0\n');
  const sample = board.sample();
  assert.equal(sample.cpuShare, 75 / 200);
  assert.equal(board.sample().cpuShare, 0);
  assert.deepEqual(
    [sample.memoryTotalBytes, sample.memoryUsedBytes, sample.temperatureCelsius, sample.throttled],
    [1_024_000, 409_600, 48.312, true],
  );
  assert.deepEqual([sample.uptimeSeconds, sample.receivedBytes, sample.sentBytes], [12_345.67, 711, 85]);
});

test('its inventory names model, system and a lasting machine id', async (t) => {
  const root = await fakeRoot(raspberry);
  t.after(() => rm(root, { recursive: true }));
  const { machine: found } = await boardOn(root).inventory();
  assert.equal(found.model, 'Raspberry Pi 4 Model B Rev 1.4');
  assert.equal(found.osImage, 'Raspberry Pi OS 12');
  assert.deepEqual([found.runtimeVersion, found.agentVersion], ['podman://5.4.0', '1.2.3']);
  assert.match(found.machineId, /^[0-9a-f]{32}$/);
  assert.equal((await boardOn(root).inventory()).machine.machineId, found.machineId);

  await rm(join(root, 'proc/device-tree'), { recursive: true });
  const drawn = (await boardOn(root).inventory()).machine.machineId;
  assert.notEqual(drawn, found.machineId);
  assert.equal((await boardOn(root).inventory()).machine.machineId, drawn);

  await put(root, '/etc/machine-id', `${'ab'.repeat(16)}\n`);
  assert.equal((await boardOn(root).inventory()).machine.machineId, 'ab'.repeat(16));
});

test('this machine fits the protocol', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bramble-board-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const board = new LinuxBoard({ dataDir, agentVersion: '0', runtimeVersion: async () => 'none' });
  const inventory = await board.inventory();
  machine.parse(inventory.machine);
  assert.ok(inventory.cpuMilli >= 1000 && inventory.cpuMilli % 1000 === 0);
  assert.ok(Math.abs(inventory.memoryBytes - totalmem()) <= 1024);
  metrics.parse({ boot: 1, ...board.sample() });
  assert.ok(board.sample().uptimeSeconds > 0);
});

test('an empty machine gives a sample all the same', async (t) => {
  const root = await fakeRoot({});
  t.after(() => rm(root, { recursive: true }));
  const sample = boardOn(root).sample();
  metrics.parse({ boot: 1, ...sample });
  assert.deepEqual([sample.temperatureCelsius, sample.throttled, sample.cpuShare], [null, null, 0]);
});

test('reads the kernel’s texts', () => {
  assert.equal(shareBetween(cpuTimes(''), cpuTimes('cpu  1 1 1 1')), 0.75);
  assert.equal(shareBetween(cpuTimes('cpu  9 9 9 9'), cpuTimes('cpu  1 1 1 1')), 0);
  assert.deepEqual(memoryBytes(''), { total: 0, used: 0 });
  assert.deepEqual(networkBytes('nothing'), { received: 0, sent: 0 });
  assert.deepEqual(['0', '0x0', 'e0008', '50000', '1', ''].map(isThrottled), [
    false,
    false,
    true,
    false,
    false,
    null,
  ]);
  const route = [
    'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT',
    'wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0',
    'eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0',
    'eth0 0001A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0',
  ].join('\n');
  assert.equal(defaultInterface(route), 'eth0');
  assert.equal(defaultInterface(''), undefined);
});

test('a board’s addresses begin with the default route’s', () => {
  const at = (address: string, internal = false) => ({
    address,
    internal,
    netmask: '',
    family: 'IPv4' as const,
    mac: '',
    cidr: null,
  });
  const interfaces = {
    lo: [at('127.0.0.1', true)],
    bramble0: [at('10.42.3.1')],
    eth0: [at('192.168.1.5'), at('fe80::1')],
    wlan0: [at('192.168.2.5')],
  };
  assert.deepEqual(ownAddresses('wlan0', interfaces), ['192.168.2.5', '192.168.1.5']);
});
