import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Background } from './fixture/background.ts';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { runCommand } from './fixture/commands.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';
import { curl, readyAddress } from './fixture/pods.ts';

let bramble: Bramble;

/** Two servers that a pod's own processes alone can reach. */
const servers = [
  'mkdir -p /tmp/www; echo hello > /tmp/www/index.html',
  'dd if=/dev/zero bs=1024 count=10000 2>/dev/null | tr "\\0" x > /tmp/www/large',
  'httpd -p 127.0.0.1:8080 -h /tmp/www',
  'httpd -p [::1]:8081 -h /tmp/www',
  'echo up; exec sleep 100000',
].join('; ');

before(async () => {
  bramble = await startBramble();
  await bramble.kubectl(
    'create -f -',
    stream([pod('web', [shell('main', servers)], { terminationGracePeriodSeconds: 0 })]),
  );
  await readyAddress(bramble, 'web');
});
after(() => bramble?.dispose());

/** Forwards a free port of this machine. Resolves with its address. */
async function forward(
  port: number,
  env = '',
): Promise<{ readonly kubectl: Background; readonly url: string }> {
  const command = `${env} exec kubectl port-forward pod/web --address 127.0.0.1 :${port}`;
  const kubectl = bramble.beside('sh', ['-c', command]);
  const [, own] = await kubectl.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> \d+/);
  return { kubectl, url: `http://127.0.0.1:${own}` };
}

async function relays(): Promise<number> {
  const { stdout } = await runCommand('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => /busybox nc (127\.0\.0\.1|::1) 808[01]$/.test(line)).length;
}

for (const [transport, env] of Object.entries({
  WebSocket: '',
  'SPDY/3.1': 'KUBECTL_PORT_FORWARD_WEBSOCKETS=false',
})) {
  test(`port-forward over ${transport}: one connection, many, and a large answer`, async () => {
    const { kubectl, url } = await forward(8080, env);
    assert.equal(await curl(bramble, url), 'hello\n');
    const many = await Promise.all(Array.from({ length: 12 }, () => curl(bramble, url)));
    assert.deepEqual([...new Set(many)], ['hello\n']);
    assert.equal(await curl(bramble, `${url}/large`), 'x'.repeat(10_240_000));
    await kubectl.stop();
    await eventually('the relays to end', async () => (await relays()) === 0 || undefined);
  });
}

test('a server on IPv6 alone is reached as well', async () => {
  const { kubectl, url } = await forward(8081);
  assert.equal(await curl(bramble, url), 'hello\n');
  await kubectl.stop();
});

test('a port on which nobody listens is told', async () => {
  const { kubectl, url } = await forward(9);
  await assert.rejects(curl(bramble, url));
  await kubectl.printed(/failed to connect to localhost:9 inside the pod: Connection refused/);
  await kubectl.stop();
});
