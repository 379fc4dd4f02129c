import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { machineMarks } from './machine-mark.ts';

type Files = Readonly<Record<string, string>>;

const id = 'b08dfa6083e7567a1921a715000001fb';
const uuid = '4c4c4544-0042-3510-8054-b4c04f564232';

/** What a machine shows of itself. */
async function machine(context: TestContext, files: Files, cards: readonly Files[] = []): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bramble-machine-'));
  context.after(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) await put(join(root, path), text);
  for (const { name = '', device = '', ...facts } of cards) {
    const folder = join(root, 'sys/devices', device, 'net', name);
    for (const [path, text] of Object.entries(facts)) await put(join(folder, path), `${text}\n`);
    await mkdir(join(root, 'sys/class/net'), { recursive: true });
    await symlink(folder, join(root, 'sys/class/net', name));
    await symlink(join(root, 'sys/devices', device), join(folder, 'device'));
  }
  return root;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
}

const card = (name: string, device: string, address: string, more: Files = {}): Files => ({
  ...{ name, device, address, addr_assign_type: '0' },
  ...more,
});
const [lan, stick] = [
  card('eth0', 'pci0000:00/0000:00:19.0', '3c:97:0e:12:34:56'),
  card('wlx00c0ca', 'pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0', '00:c0:ca:12:34:56'),
];
const dmi = (text: string): Files => ({ 'sys/class/dmi/id/product_uuid': `${text}\n` });

/** Whether a card that joined in the first machine is taken for its own in the second. */
async function isSame(first: string, second: string): Promise<boolean> {
  return (await machineMarks(id, second)).includes((await machineMarks(id, first))[0]);
}

test('a copied card in another Raspberry Pi is another machine; the same board is the same', async (context) => {
  const board = (serial: string): Promise<string> =>
    machine(context, {
      'proc/cpuinfo': `processor\t: 0\nSerial\t\t: ${serial}\nModel\t\t: Raspberry Pi 4\n`,
    });
  const [one, again, other] = await Promise.all(
    ['10000000deadbe01', '10000000deadbe01', '10000000deadbe02'].map(board),
  );
  assert.ok(one && again && other);
  assert.ok(await isSame(one, again));
  assert.ok(!(await isSame(one, other)));
  const [mark, ...more] = await machineMarks(id, one);
  assert.match(mark, /^[0-9a-f]{32}$/);
  assert.deepEqual(more, [], 'nothing else counts beside a serial number');
  assert.notEqual((await machineMarks(`${id}0`, one))[0], mark);
});

test('the device tree says the serial number, too', async (context) => {
  const tree = await machine(context, { 'proc/device-tree/serial-number': '10000000deadbe01\0' });
  const text = await machine(context, { 'proc/cpuinfo': 'Serial\t\t: 10000000deadbe01\n' });
  assert.deepEqual(await machineMarks(id, tree), await machineMarks(id, text));
});

test('a PC or virtual machine is told by what its firmware says, whatever is plugged in', async (context) => {
  const one = await machine(context, dmi(uuid), [lan]);
  const copy = await machine(context, dmi(uuid.replace('4c4c', '4c4d')), [
    { ...lan, address: '3c:97:0e:12:34:57' },
  ]);
  assert.ok(!(await isSame(one, copy)));
  assert.ok(await isSame(one, await machine(context, dmi(uuid), [stick])), 'another network card');
  assert.ok(await isSame(one, await machine(context, dmi(uuid.toUpperCase()), [lan, stick])));
});

test('where the firmware says what it says everywhere, its network card tells a machine', async (context) => {
  const alike = dmi('03000200-0400-0500-0006-000700080009');
  const one = await machine(context, alike, [lan]);
  assert.ok(!(await isSame(one, await machine(context, alike, [{ ...lan, address: '3c:97:0e:12:34:57' }]))));
  const second = card('eth1', 'pci0000:00/0000:00:02.0', '3c:97:0e:99:99:99');
  assert.ok(await isSame(one, await machine(context, alike, [stick, second, lan])), 'cards were added');
  assert.ok(await isSame(one, await machine(context, {}, [lan])));
  for (const nobodys of ['00000000-0000-0000-0000-000000000000', 'FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE'])
    assert.deepEqual(await machineMarks(id, await machine(context, dmi(nobodys))), [id], nobodys);
});

test('a card goes by the address that its maker gave it, whatever it is called at the moment', async (context) => {
  const one = await machine(context, {}, [lan]);
  const set = { addr_assign_type: '3', address: '02:00:00:00:00:01' };
  const bonded = { ...lan, ...set, 'bonding_slave/perm_hwaddr': '3c:97:0e:12:34:56' };
  assert.ok(await isSame(one, await machine(context, {}, [bonded])));
  const radio = { ...lan, ...set, name: 'wlan0', 'phy80211/macaddress': '3c:97:0e:12:34:56' };
  assert.ok(await isSame(one, await machine(context, {}, [radio])));
});

test('what may be another the next time tells nothing: sticks, settings, software', async (context) => {
  const soft = { name: 'docker0', device: '', address: '3c:97:0e:00:00:01', addr_assign_type: '0' };
  const root = await machine(context, { 'proc/cpuinfo': 'processor\t: 0\n' }, [
    stick,
    card('eth0', 'pci0000:00/0000:00:03.0/virtio2', '02:fc:00:00:00:01'),
    card('eth1', 'pci0000:00/0000:00:04.0', '3c:97:0e:00:00:02', { addr_assign_type: '1' }),
  ]);
  await put(join(root, 'sys/class/net/docker0/address'), `${soft.address}\n`);
  await put(join(root, 'sys/class/net/docker0/addr_assign_type'), '0\n');
  assert.deepEqual(await machineMarks(id, root), [id], 'the machine id has to do');
});

test('a board that joined by its machine id alone, before more was known of it, is the same', async (context) => {
  assert.ok((await machineMarks(id, await machine(context, dmi(uuid), [lan]))).includes(id));
  const blank = { 'proc/cpuinfo': 'Serial\t\t: 0000000000000000\n' };
  const [before = ''] = await machineMarks(id, await machine(context, blank));
  const now = await machineMarks(id, await machine(context, blank, [lan]));
  assert.notEqual(now[0], before);
  assert.ok(now.includes(before));
});
