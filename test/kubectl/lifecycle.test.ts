import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Kubectl, podYaml, startKubectl, until } from './fixture.ts';

let k: Kubectl;
before(async () => {
  k = await startKubectl({
    logs: {
      open: (pod, container, options, sink) => {
        sink.onData(Buffer.from(`${pod.name} ${container} ${options.tailLines}\n`), () =>
          sink.onEnd(undefined),
        );
        return () => {};
      },
    },
  });
});
after(() => k.stop());

/** Does what a scheduler and an agent do. */
async function startPod(name: string): Promise<void> {
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: 'pi-1' },
  };
  const path = await k.file('binding.json', JSON.stringify(binding));
  await k.ok(`create --raw /api/v1/namespaces/default/pods/${name}/binding -f ${path}`);
  const containerStatuses = [
    {
      name: 'main',
      ready: true,
      restartCount: 0,
      image: 'x',
      imageID: 'y',
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ];
  const conditions = [{ type: 'Ready', status: 'True' }];
  const status = { phase: 'Running', podIPs: [{ ip: '10.42.0.7' }], conditions, containerStatuses };
  await k.ok(`patch pod ${name} --subresource=status -p '${JSON.stringify({ status })}'`);
}

test('a watch shows a pod from its creation to its end', async () => {
  const watch = k.begin('get pods --watch --output-watch-events -o wide');
  await until(
    () => k.server.running.cache.counts.watches > 0,
    () => 'no watch',
  );
  await k.ok('create -f -', podYaml('life'));
  const ready = k.run('wait --for=condition=Ready pod/life --timeout=20s');
  await startPod('life');
  assert.equal((await ready).out, 'pod/life condition met\n');
  assert.match(
    await k.ok('get pods -o wide'),
    /^life +1\/1 +Running +0 +\S+ +10\.42\.0\.7 +pi-1 +<none> +<none>$/m,
  );

  const gone = k.run('wait --for=delete pod/life --timeout=20s');
  const deleting = k.run('delete pod life');
  await until(() => / Terminating /.test(watch.said()), watch.said);
  assert.equal(await k.ok("get pod life -o jsonpath='{.metadata.deletionGracePeriodSeconds}'"), '30');
  await k.ok('delete pod life --grace-period=0 --force --wait=false');
  assert.equal((await deleting).code, 0);
  assert.equal((await gone).code, 0);
  await until(() => /^DELETED /m.test(watch.said()), watch.said);
  watch.stop();
  const events = watch.said().trim().split('\n').slice(1);
  assert.deepEqual(
    events.map((line) => line.split(/ +/).slice(0, 4).join(' ')),
    [
      'ADDED life 0/1 Pending',
      'MODIFIED life 0/1 Pending',
      'MODIFIED life 1/1 Running',
      'MODIFIED life 1/1 Terminating',
      'DELETED life 1/1 Terminating',
    ],
  );
});

test('a pod that was never bound is deleted at once, by name, label, all', async () => {
  for (const name of ['d1', 'd2', 'd3', 'd4']) await k.ok(`run ${name} --image=x --labels=set=${name}`);
  assert.match(await k.ok('delete pod d1'), /^pod "d1" deleted/);
  assert.match(await k.ok('delete pods -l set=d2'), /^pod "d2" deleted/);
  assert.match(await k.ok('delete pods --all'), /^pod "d3" deleted.*\npod "d4" deleted/);
  assert.match((await k.run('get pods')).err, /No resources found in default namespace/);
});

test('logs', async () => {
  await k.ok('create -f -', podYaml('logged', '  - name: side\n    image: x\n'));
  assert.match((await k.run('logs logged -c nope')).err, /container nope is not valid for pod logged/);
  await startPod('logged');
  assert.equal(await k.ok('logs logged -c main --tail=3'), 'logged main 3');
  assert.match(
    (await k.run('logs logged -c side')).err,
    /container "side" in pod "logged" is waiting to start: ContainerCreating/,
  );
  await k.ok('delete pod logged --force --grace-period=0');
});

test('nodes: shown, cordoned, drained', async () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'pi-1' },
    status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.35.0' } },
  };
  await k.ok('create -f -', JSON.stringify(node));
  assert.match(await k.ok('get nodes'), /^pi-1 +Ready +<none> +\S+ +/m);
  assert.match(await k.ok('describe node pi-1'), /^Unschedulable: +false$/m);
  await k.ok('run guest --image=x');
  await startPod('guest');
  assert.equal(await k.ok('cordon pi-1'), 'node/pi-1 cordoned');
  assert.match(await k.ok('get nodes'), /^pi-1 +Ready,SchedulingDisabled /m);
  const drain = k.run('drain pi-1 --force');
  await until(
    () =>
      k.server.running.cache.get('/registry/pods/default/guest')?.object.metadata.deletionTimestamp !==
      undefined,
    () => 'no eviction',
  );
  await k.ok('delete pod guest --grace-period=0 --force');
  assert.match((await drain).out, /node\/pi-1 drained/);
  assert.equal(await k.ok('uncordon pi-1'), 'node/pi-1 uncordoned');
});

test('a namespace is Terminating until it has been emptied', async () => {
  await k.ok('create namespace temp');
  assert.match(await k.ok('delete namespace temp --wait=false'), /^namespace "temp" deleted/);
  assert.match(await k.ok('get namespaces'), /^temp +Terminating /m);
  assert.match(
    (await k.run('create configmap x -n temp')).err,
    /unable to create new content in namespace temp because it is being terminated/,
  );
  const namespace = JSON.parse(await k.ok('get namespace temp -o json'));
  const path = await k.file('temp.json', JSON.stringify({ ...namespace, spec: {} }));
  await k.ok(`replace --raw /api/v1/namespaces/temp/finalize -f ${path}`);
  assert.match((await k.run('get namespace temp')).err, /namespaces "temp" not found/);
});

test('pages and concurrent edits', async () => {
  for (const name of ['p1', 'p2', 'p3']) await k.ok(`create configmap ${name}`);
  assert.equal((await k.ok('get configmaps --chunk-size=1 -o name')).split('\n').length, 3);
  const stale = await k.ok('get configmap p1 -o json');
  await k.ok('label configmap p1 newer=yes');
  const path = await k.file('stale.json', stale);
  assert.match(
    (await k.run(`replace -f ${path}`)).err,
    /Operation cannot be fulfilled on configmaps "p1": the object has been modified; please apply your changes to the latest version and try again/,
  );
});

test('nothing failed unexpectedly', () => {
  assert.deepEqual(
    k.server.logs.filter(({ level }) => level === 'error'),
    [],
  );
});
