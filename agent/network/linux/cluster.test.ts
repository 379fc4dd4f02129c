import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import type { Audit, BoardSurroundings } from '../port.ts';

const timeoutMs = 20_000;
const namespace = `cluster-of-test-${process.pid}`;
const module = new URL('./cluster.ts', import.meta.url).href;

/** A machine with a network on eth0, where something else drops what is forwarded. */
before(async () => {
  await run('ip', ['netns', 'add', namespace], { timeoutMs });
  await inside(
    'sh',
    '-ec',
    `ip link set lo up
     ip link add brtest type bridge
     ip addr add 10.42.0.1/24 dev brtest
     ip link set brtest up
     ip link add eth0 type veth peer name other
     ip addr add 192.0.2.1/24 dev eth0
     ip link set eth0 up
     ip link set other up
     ip route add 10.42.9.0/24 via 192.0.2.9
     ip route add 10.77.0.0/16 via 192.0.2.254`,
  );
});
after(() => run('ip', ['netns', 'del', namespace], { timeoutMs }));

async function inside(program: string, ...args: readonly string[]): Promise<string> {
  const words = [`--net=/run/netns/${namespace}`, '--', program, ...args];
  const { code, stdout, stderr } = await run('nsenter', words, { timeoutMs });
  assert.equal(code, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** What a method says when it runs there. */
async function call(expression: string): Promise<unknown> {
  const program = `
    const { LinuxClusterNetwork } = await import(${JSON.stringify(module)});
    const network = new LinuxClusterNetwork({ bridge: 'brtest', clusterCIDR: '10.42.0.0/16' });
    process.stdout.write(JSON.stringify((await network.${expression}) ?? null));`;
  return JSON.parse(await inside(process.execPath, '--input-type=module', '-e', program));
}

test('sees the networks of the board, its addresses and the routes through others', async () => {
  const seen = (await call('look()')) as BoardSurroundings;
  assert.deepEqual(seen.subnets, ['192.0.2.1/24'], 'not that of its pods');
  assert.ok(seen.addresses.includes('10.42.0.1') && seen.addresses.includes('192.0.2.1'));
  assert.deepEqual(seen.routes.map(({ destination, gateway }) => `${destination} ${gateway}`).sort(), [
    '10.42.9.0/24 192.0.2.9',
    '10.77.0.0/16 192.0.2.254',
  ]);
});

test('brings its own routes in order, and leaves those of others', async () => {
  const wanted = [{ destination: '10.42.1.0/24', gateway: '192.0.2.2' }];
  await call(`applyRoutes(${JSON.stringify(wanted)}, '10.43.0.0/16')`);
  await call(`applyRoutes(${JSON.stringify(wanted)}, '10.43.0.0/16')`);
  const routes = await inside('ip', 'route');
  assert.match(routes, /^10\.42\.1\.0\/24 via 192\.0\.2\.2 dev eth0/m);
  assert.match(routes, /^10\.43\.0\.0\/16 dev brtest/m);
  assert.match(routes, /^10\.77\.0\.0\/16 via 192\.0\.2\.254/m);
  assert.doesNotMatch(routes, /10\.42\.9\.0/);
});

test('knows whether its rules are there', async () => {
  assert.deepEqual(await call(`audit('brtest-services')`), { present: false });
  await call(
    `applyRules('table inet brtest-services { map node_ports { type inet_proto . inet_service : verdict; }; }\\n')`,
  );
  assert.deepEqual(await call(`audit('brtest-services')`), { present: true });
});

async function opened(): Promise<string | undefined> {
  return ((await call(`audit('brtest-services')`)) as Audit).opened;
}

test('opens a firewall that drops what is forwarded, once, where its owner leaves room for that', async () => {
  assert.equal(await opened(), undefined, 'no such firewall');
  await inside(
    'nft',
    'table ip filter { chain DOCKER-USER { }; chain FORWARD { type filter hook forward priority 0; policy drop; jump DOCKER-USER; }; }',
  );
  assert.match(String(await opened()), /in DOCKER-USER/);
  assert.equal(await opened(), undefined, 'it is open already');
  const rules = await inside('nft', 'list', 'chain', 'ip', 'filter', 'DOCKER-USER');
  assert.match(rules, /iifname "brtest" counter .*accept/);
  assert.match(rules, /oifname "brtest" counter .*accept/);
});
