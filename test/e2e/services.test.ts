import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bramble, startBramble } from './fixture/bramble.ts';
import { eventually } from './fixture/eventually.ts';
import { pod, shell, stream } from './fixture/objects.ts';
import { curl, readyAddress } from './fixture/pods.ts';
import { helloPod, service } from './fixture/services.ts';

let bramble: Bramble;

before(async () => {
  bramble = await startBramble();
  const caller = pod('caller', [shell('main', 'while :; do sleep 1; done')], {
    terminationGracePeriodSeconds: 0,
  });
  await bramble.kubectl(
    'create -f -',
    stream([caller, helloPod('a', 'web'), helloPod('b', 'web', { probe: true })]),
  );
  await bramble.kubectl('wait pod/caller pod/a --for=condition=Ready --timeout=60s');
  await bramble.kubectl('exec b -- touch /tmp/ready');
  await bramble.kubectl('wait pod/b --for=condition=Ready --timeout=60s');
});
after(() => bramble?.dispose());

const field = (object: string, path: string): Promise<string> =>
  bramble.kubectl(['get', ...object.split(' '), '-o', `jsonpath={${path}}`]);

function inPod(...command: readonly string[]): Promise<string> {
  return bramble.kubectl(['exec', 'caller', '--', ...command]);
}

async function fails(...command: readonly string[]): Promise<string> {
  return bramble.kubectlRefuses(['exec', 'caller', '--', ...command]);
}

async function addressesOf(name: string): Promise<string[]> {
  const { stdout } = await bramble.client('kubectl', ['exec', 'caller', '--', 'nslookup', name]);
  return [...stdout.matchAll(/^Address: (\d\S+)$/gm)].map((match) => match[1] ?? '').sort();
}

/** Waits until all of them, and nobody else, answer many calls. */
function answeredBy(url: string, expected: readonly string[]): Promise<true> {
  const script = `i=0; while [ $i -lt 12 ]; do wget -q -O - ${url} || echo nobody; i=$((i+1)); done`;
  let last = '';
  return eventually(
    `${url} to be answered by ${expected}`,
    async () => {
      const said = await inPod('sh', '-c', script);
      last = [...new Set(said.trim().split('\n'))].sort().join();
      return last === expected.map((name) => `Hello from ${name}`).join() ? true : undefined;
    },
    { otherwise: () => last },
  );
}

test('kubernetes and kube-dns are there, as everywhere; pods reach the API server by name', async () => {
  const [first = ''] = bramble.place.serviceCidr.split('.0/');
  assert.equal(await field('service kubernetes', '.spec.clusterIP'), `${first}.1`);
  assert.equal(await field('service kube-dns -n kube-system', '.spec.clusterIP'), `${first}.10`);
  const answer = await inPod('sh', '-c', 'nc -w 5 kubernetes.default 443 < /dev/null && echo connected');
  assert.equal(answer, 'connected\n');
  assert.match(await inPod('nslookup', 'kubernetes.default.svc.cluster.local', `${first}.10`), /Address: /);
});

test('kubectl expose: get svc,endpoints,endpointslices show it, and it answers from pods and the board', async () => {
  assert.equal(
    await bramble.kubectl('expose pod a --name one --port 80 --target-port 8080'),
    'service/one exposed\n',
  );
  const address = await field('service one', '.spec.clusterIP');
  await eventually('its endpoints', async () => {
    const shown = await bramble.kubectl('get svc,endpoints,endpointslices');
    const both = '10\\.\\d+\\.0\\.\\d+,10\\.\\d+\\.0\\.\\d+ ';
    return new RegExp(`^endpointslice\\S+/one-\\w{5} +IPv4 +8080 +${both}`, 'm').test(shown) || undefined;
  });
  await bramble.kubectl('create -f -', stream([service('web', 'web')]));
  await answeredBy('http://web', ['a', 'b']);
  await answeredBy(`http://${address}`, ['a', 'b']);
  assert.match(await curl(bramble, `http://${address}`), /^Hello from/);
});

test('readiness decides who is called; nobody ready is refused at once', async () => {
  await bramble.kubectl('exec b -- rm /tmp/ready');
  await answeredBy('http://web', ['a']);
  await bramble.kubectl('delete service one');
  await bramble.kubectl('create -f -', stream([service('nobody', 'nobody', { type: 'NodePort' })]));
  await eventually('the name', async () =>
    (await addressesOf('nobody.default.svc.cluster.local')).length === 1 ? true : undefined,
  );
  assert.match(await fails('wget', '-q', '-O', '-', 'http://nobody'), /exit code 1/);
  const port = await field('service nobody', '.spec.ports[0].nodePort');
  await assert.rejects(curl(bramble, `http://127.0.0.1:${port}`), /refused|Couldn't connect/);
  const revision = await field(
    'endpointslices -l kubernetes.io/service-name=web',
    '.items[0].metadata.resourceVersion',
  );
  await bramble.kubectl('label pod a unrelated=label');
  await bramble.kubectl('exec b -- touch /tmp/ready');
  await answeredBy('http://web', ['a', 'b']);
  const after = await field(
    'endpointslices -l kubernetes.io/service-name=web',
    '.items[0].metadata.resourceVersion',
  );
  assert.notEqual(after, revision);
});

test('a pod reaches itself through its own Service', async () => {
  await bramble.kubectl('create -f -', stream([helloPod('self', 'self'), service('mirror', 'self')]));
  await readyAddress(bramble, 'self');
  await answeredBy('http://mirror', ['self']);
  assert.equal(await bramble.kubectl('exec self -- wget -q -O - http://mirror'), 'Hello from self\n');
});

test('node ports: drawn, chosen, taken, out of range; from outside the pods and on the loopback', async () => {
  await bramble.kubectl('create service nodeport drawn --tcp=80:8080');
  await bramble.kubectl(['patch', 'service', 'drawn', '-p', '{"spec":{"selector":{"app":"web"}}}']);
  const port = Number(await field('service drawn', '.spec.ports[0].nodePort'));
  assert.ok(port >= 30_000 && port <= 32_767, String(port));
  await eventually('an answer at the node port', async () =>
    (await curl(bramble, `http://127.0.0.1:${port}`).catch(() => '')).startsWith('Hello') ? true : undefined,
  );
  const bridge = `${bramble.place.clusterCidr.split('.0/')[0]}.1`;
  assert.match(await inPod('wget', '-q', '-O', '-', `http://${bridge}:${port}`), /^Hello from/);
  const again = ['create', 'service', 'nodeport', 'again', '--tcp=80:8080'];
  assert.match(
    await bramble.kubectlRefuses([...again, `--node-port=${port}`]),
    /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/,
  );
  assert.match(
    await bramble.kubectlRefuses([...again, '--node-port=80']),
    /provided port is not in the valid range\. The range of valid ports is 30000-32767/,
  );
});

test('addresses: chosen, taken, out of range; many at once get different ones', async () => {
  const taken = await field('service web', '.spec.clusterIP');
  const clusterIP = (name: string, address: string): Promise<string> =>
    bramble.kubectlRefuses(['create', 'service', 'clusterip', name, '--tcp=80:80', `--clusterip=${address}`]);
  assert.match(await clusterIP('again', taken), /provided IP is already allocated/);
  assert.match(await clusterIP('again', '192.0.2.7'), /not in the valid range/);
  const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
  await Promise.all(names.map((name) => bramble.kubectl(`create service nodeport ${name} --tcp=80:80`)));
  const [addresses, ports] = await Promise.all([
    field('services', '.items[*].spec.clusterIP'),
    field('services', '.items[*].spec.ports[*].nodePort'),
  ]);
  for (const list of [addresses, ports]) {
    const all = list.split(' ').filter((each) => each !== 'None');
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.length >= 20);
  }
  await bramble.kubectl(['delete', 'service', ...names]);
});

test('one type becomes another, and what the server gave stays or goes with it', async () => {
  await bramble.kubectl('create service clusterip kind --tcp=80:8080');
  const address = await field('service kind', '.spec.clusterIP');
  const patch = (spec: object): Promise<string> =>
    bramble.kubectl(['patch', 'service', 'kind', '-p', JSON.stringify({ spec })]);
  await patch({ type: 'NodePort' });
  const port = await field('service kind', '.spec.ports[0].nodePort');
  assert.match(port, /^3[0-2]\d{3}$/);
  await patch({ type: 'ClusterIP' });
  assert.equal(await field('service kind', '.spec.ports[0].nodePort'), '');
  assert.equal(await field('service kind', '.spec.clusterIP'), address);
  await patch({ type: 'ExternalName', externalName: 'example.com' });
  assert.equal(await field('service kind', '.spec.clusterIP'), '');
  const applied = service('kind', 'web', { type: 'ClusterIP' });
  await bramble.kubectl('replace -f -', stream([applied]));
  assert.match(await field('service kind', '.spec.clusterIP'), /^10\./);
  await bramble.kubectl('replace -f -', stream([applied]));
  await answeredBy('http://kind', ['a', 'b']);
});

test('headless Services name their pods, one by one too; named ports have SRV records', async () => {
  const named = helloPod('db-0', 'db', { spec: { hostname: 'db-0', subdomain: 'db' } });
  await bramble.kubectl(
    'create -f -',
    stream([named, helloPod('db-1', 'db'), service('db', 'db', { clusterIP: 'None' })]),
  );
  const [first, second] = [await readyAddress(bramble, 'db-0'), await readyAddress(bramble, 'db-1')];
  await eventually('both addresses', async () =>
    String(await addressesOf('db.default.svc.cluster.local')) === String([first, second].sort())
      ? true
      : undefined,
  );
  assert.deepEqual(await addressesOf('db-0.db.default.svc.cluster.local'), [first]);
  assert.deepEqual(await addressesOf(`${second.replaceAll('.', '-')}.db.default.svc.cluster.local`), [
    second,
  ]);
  assert.equal(await bramble.kubectl('exec db-0 -- hostname -f'), 'db-0.db.default.svc.cluster.local\n');
  const records = await inPod('nslookup', '-type=srv', '_http._tcp.db.default.svc.cluster.local');
  assert.match(records, /service = 0 50 8080 db-0\.db\.default\.svc\.cluster\.local/);
  assert.deepEqual(await addressesOf(`${first.replaceAll('.', '-')}.default.pod.cluster.local`), [first]);
  assert.match(await fails('nslookup', 'nothing.default.svc.cluster.local'), /exit code 1/);
});

test('resolv.conf follows dnsPolicy and dnsConfig', async () => {
  const resolv = (name: string, spec: object) =>
    pod(name, [shell('main', 'cat /etc/resolv.conf')], { restartPolicy: 'Never', ...spec });
  const dnsConfig = {
    nameservers: ['192.0.2.53'],
    searches: ['example.com'],
    options: [{ name: 'ndots', value: '2' }],
  };
  await bramble.kubectl(
    'create -f -',
    stream([
      resolv('dns-none', { dnsPolicy: 'None', dnsConfig }),
      resolv('dns-more', { dnsConfig }),
      resolv('dns-board', { dnsPolicy: 'Default' }),
    ]),
  );
  for (const name of ['dns-none', 'dns-more', 'dns-board'])
    await bramble.kubectl([
      'wait',
      `pod/${name}`,
      '--for=jsonpath={.status.phase}=Succeeded',
      '--timeout=40s',
    ]);
  assert.equal(
    await bramble.kubectl('logs dns-none'),
    'search example.com\nnameserver 192.0.2.53\noptions ndots:2\n',
  );
  const more = await bramble.kubectl('logs dns-more');
  assert.match(
    more,
    /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local .*example\.com$/m,
  );
  assert.match(more, /^nameserver 10\.\d+\.0\.1\nnameserver 192\.0\.2\.53\noptions ndots:2$/m);
  assert.doesNotMatch(await bramble.kubectl('logs dns-board'), /cluster\.local/);
});

test('affinity: one caller stays with one pod', async () => {
  await bramble.kubectl('create -f -', stream([service('sticky', 'web', { sessionAffinity: 'ClientIP' })]));
  await eventually('an answer', async () =>
    (await bramble.client('kubectl', 'exec caller -- wget -q -O - http://sticky')).code === 0
      ? true
      : undefined,
  );
  const script = 'i=0; while [ $i -lt 20 ]; do wget -q -O - http://sticky; i=$((i+1)); done';
  const said = await inPod('sh', '-c', script);
  assert.equal(new Set(said.trim().split('\n')).size, 1);
});

test('without controller and agent Services go on; started again, names do too', async () => {
  const address = await field('service web', '.spec.clusterIP');
  assert.equal(await bramble.interrupt(), 0);
  for (let call = 0; call < 8; call += 1)
    assert.match(await curl(bramble, `http://${address}`), /^Hello from [ab]$/m);
  await bramble.start();
  await answeredBy('http://web', ['a', 'b']);
});

test('a Service that is deleted leaves nothing', async () => {
  const address = await field('service web', '.spec.clusterIP');
  await bramble.kubectl('delete service web');
  await eventually('its slices to be gone', async () => {
    const left = await bramble.kubectl('get endpoints,endpointslices -o name');
    return /\/web(-|$)/m.test(left) ? undefined : true;
  });
  await eventually('its address to be refused', () =>
    curl(bramble, `http://${address}`).then(
      () => undefined,
      (error: Error) => /refused|connect/.test(error.message) || undefined,
    ),
  );
  assert.deepEqual(await addressesOf('web.default.svc.cluster.local'), []);
});
