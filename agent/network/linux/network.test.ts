import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import { staticBusybox } from '../../runtime/podman/busybox.ts';
import { interfaces } from './kernel.ts';
import { linkName } from './names.ts';
import { LinuxNetwork } from './network.ts';

const bridge = 'brtest0';
const prefix = 'brtest';
const outside = 'brtest_outside';
const timeoutMs = 10_000;
const uids = ['one', 'two', 'three'].map((name) => `00000000-0000-4000-8000-${name.padStart(12, '0')}`);
const busybox = await staticBusybox();
const [one = '', two = '', three = ''] = uids;

let runDir: string;
let network: LinuxNetwork;
const children: ChildProcess[] = [];

const sh = async (script: string) => {
  const result = await run('sh', ['-ec', script], { timeoutMs });
  assert.equal(result.code, 0, `${script}: ${result.stderr}`);
  return result.stdout;
};
const opened = () => new LinuxNetwork({ bridge, prefix, clusterCIDRs: ['10.201.0.0/16'], runDir });
const pod = (uid: string, address: string, hostPorts: Parameters<typeof hostPort>[0][] = []) => ({
  uid,
  addresses: [address],
  hostPorts: hostPorts.map(hostPort),
});
const hostPort = (numbers: [number, number, string?]) => ({
  hostPort: numbers[0],
  containerPort: numbers[1],
  protocol: 'TCP' as const,
  hostIP: numbers[2],
});

/** Another machine: 10.202.0.2, reached from the board's 10.202.0.1. It knows no way to the pods. */
before(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'bramble-network-'));
  await sh(`ip netns add ${outside}
    ip link add brtestout type veth peer name eth0 netns ${outside}
    ip addr add 10.202.0.1/24 dev brtestout
    ip link set brtestout up
    ip -n ${outside} addr add 10.202.0.2/24 dev eth0
    ip -n ${outside} link set eth0 up
    ip -n ${outside} link set lo up`);
});
beforeEach(async () => {
  network = opened();
  await network.prepare(['10.201.0.0/24', 'fd42:201::/64']);
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const uid of await network.list()) await network.detach(uid);
  await sh(`ip netns del ${outside}; ip link del ${bridge}; nft delete table inet ${bridge}`);
  await rm(runDir, { recursive: true });
});

/** Serves the address of whoever connects, on port 8080 of a namespace. */
async function serve(path: string): Promise<void> {
  const program = `require('net').createServer((s) => s.end(s.remoteAddress.replace('::ffff:', ''))).listen(8080, '::', () => console.log('up'))`;
  const child = spawn('nsenter', [`--net=${path}`, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
}

/** What the server at `address` says it was called from, or the error. */
async function call(address: string, port: number, from?: string): Promise<string> {
  const program = `const s = require('net').connect(${port}, '${address}'); s.setTimeout(3000, () => s.destroy(new Error('timeout'))); s.on('data', (d) => process.stdout.write(d)).on('error', (e) => console.log(e.code ?? e.message))`;
  const inside = from === undefined ? [] : ['nsenter', `--net=${from}`];
  const [command = '', ...args] = [...inside, process.execPath, '-e', program];
  return (await run(command, args, { timeoutMs })).stdout.trim();
}

test('pods reach each other, the board and the world; the world sees the board', async () => {
  const first = await network.attach({ ...pod(one, '10.201.0.2'), addresses: ['10.201.0.2', 'fd42:201::2'] });
  const second = await network.attach(pod(two, '10.201.0.3'));
  assert.equal(first.path, `/run/netns/${prefix}-${one}`);
  await serve(first.path);
  await serve(`/run/netns/${outside}`);
  assert.equal(await call('10.201.0.2', 8080), '10.201.0.1');
  assert.equal(await call('fd42:201::2', 8080), 'fd42:201::1');
  assert.equal(await call('10.201.0.2', 8080, second.path), '10.201.0.3');
  assert.equal(await call('10.202.0.2', 8080, first.path), '10.202.0.1');
});

test('host ports lead to the pod from everywhere, and end with it', async () => {
  const { path } = await network.attach(
    pod(three, '10.201.0.9', [
      [18_490, 8080],
      [18_491, 8080, '10.202.0.1'],
    ]),
  );
  const other = await network.attach(pod(two, '10.201.0.3'));
  await serve(path);
  const far = `/run/netns/${outside}`;
  assert.equal(await call('10.202.0.1', 18_490, far), '10.202.0.2');
  assert.equal(await call('10.202.0.1', 18_491, far), '10.202.0.2');
  assert.equal(await call('127.0.0.1', 18_490), '10.201.0.1');
  assert.equal(await call('127.0.0.1', 18_491), 'ECONNREFUSED');
  assert.match(await call('10.201.0.1', 18_490, other.path), /^10\.201\.0\.[13]$/);
  assert.equal(await call('10.201.0.1', 18_490, path), '10.201.0.1');

  // A started agent keeps the ports of pods that it has not come to yet.
  network = opened();
  await network.prepare(['10.201.0.0/24', 'fd42:201::/64']);
  assert.equal(await call('10.202.0.1', 18_490, far), '10.202.0.2');
  await network.detach(three);
  assert.equal(await call('10.202.0.1', 18_490, far), 'ECONNREFUSED');
});

test('attaching again changes nothing; a changed address replaces the old one', async () => {
  const { path } = await network.attach(pod(one, '10.201.0.2'));
  const look = () =>
    sh(`nsenter --net=${path} ip -o addr show dev eth0 scope global; nsenter --net=${path} ip route`);
  const before = await look();
  await network.attach(pod(one, '10.201.0.2'));
  assert.equal(await look(), before);
  await network.attach(pod(one, '10.201.0.77'));
  assert.match(await look(), /10\.201\.0\.77\/24/);
  assert.doesNotMatch(await look(), /10\.201\.0\.2\/24/);
});

test('repairs what was made half-way, and what a power cut left', async () => {
  await network.detach(one);
  const name = `${prefix}-${one}`;
  const whole = async () => {
    const { path } = await network.attach(pod(one, '10.201.0.2'));
    await sh(`nsenter --net=${path} ${busybox} ping -c 1 -w 5 10.201.0.1`);
  };
  await writeFile(`/run/netns/${name}`, '');
  await whole();
  await sh(`ip netns del ${name}; ip netns add ${name}`);
  await whole();
  await sh(
    `ip link set ${linkName(prefix, one)} nomaster down; ip -n ${name} addr flush dev eth0; ip -n ${name} link set lo down`,
  );
  await whole();
  // The namespace lost its name while a container still lives in it.
  const holder = spawn('nsenter', [`--net=/run/netns/${name}`, 'sleep', '1000']);
  children.push(holder);
  await once(holder, 'spawn');
  await sh(
    `while [ "$(readlink /proc/${holder.pid}/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done; ip netns del ${name}`,
  );
  await whole();
  holder.kill('SIGKILL');
});

test('tells the addresses that a pod has, also to an agent that never heard of it', async () => {
  await network.attach({ ...pod(two, '10.201.0.3'), addresses: ['10.201.0.3', 'fd42:201::3'] });
  assert.deepEqual(await opened().addressesOf(two), ['10.201.0.3', 'fd42:201::3']);
  assert.deepEqual(await network.addressesOf('stranger'), []);
  await sh(`ip netns add ${prefix}-half-way`);
  assert.deepEqual(await network.addressesOf('half-way'), []);
  await network.detach('half-way');
  await assert.rejects(network.addressesOf('../x'), /not a pod uid/);
});

test('detaching leaves nothing, and may be repeated', async () => {
  await network.attach(pod(two, '10.201.0.3'));
  assert.ok((await network.list()).includes(two));
  await network.detach(two);
  await network.detach(two);
  assert.equal((await network.list()).includes(two), false);
  assert.equal((await interfaces()).has(linkName(prefix, two)), false);
});

test('detaching many at once leaves nothing of them, and spares the others', async () => {
  await network.attach(pod(one, '10.201.0.2'));
  const many = Array.from({ length: 12 }, (_, index) => `many-${index}`);
  for (const [index, uid] of many.entries()) await network.attach(pod(uid, `10.201.0.${100 + index}`));
  // One cable goes by itself, as after a kernel that was quicker.
  await sh(`ip link del dev ${linkName(prefix, 'many-7')}`);
  await Promise.all([...many, ...many].map((uid) => network.detach(uid)));
  const left = await network.list();
  assert.deepEqual(
    left.filter((uid) => uid.startsWith('many-')),
    [],
  );
  assert.ok(left.includes(one));
  const links = await interfaces();
  assert.ok(many.every((uid) => !links.has(linkName(prefix, uid))));
  assert.ok(links.has(linkName(prefix, one)));
  await network.detach(one);
});

test('an address used again is reached at once', async () => {
  for (const uid of [one, two, three]) {
    const { path } = await network.attach(pod(uid, '10.201.0.50'));
    await sh(`nsenter --net=${path} ${busybox} ping -c 1 -w 5 10.201.0.1`);
    await sh(`${busybox} ping -c 1 -w 5 10.201.0.50`);
    await network.detach(uid);
  }
});

test('a changed CIDR replaces the bridge’s address', async () => {
  await network.prepare([]);
  assert.equal(await sh(`ip -o addr show dev ${bridge} scope global`), '');
  await network.prepare(['10.201.7.0/24']);
  const shown = await sh(`ip -o addr show dev ${bridge} scope global`);
  assert.match(shown, /10\.201\.7\.1\/24/);
  assert.doesNotMatch(shown, /10\.201\.0\.1|fd42/);
});

test('bad input is refused before anything is done', async () => {
  await assert.rejects(network.attach(pod('../x', '10.201.0.2')), /not a pod uid/);
  await assert.rejects(network.attach(pod('stranger', '10.99.0.2')), /none of this board's pod CIDRs/);
  await assert.rejects(network.prepare(['10.0.0.0']), /not a CIDR/);
  assert.equal((await network.list()).includes('stranger'), false);
});
