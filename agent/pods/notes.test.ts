import assert from 'node:assert/strict';
import test from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import { configMap, podObject } from './testing/objects.ts';
import { order, podA, rigWith, statusOf, told, web } from './testing/pods.ts';
import { Rig } from './testing/rig.ts';

test('the life of a container is told in the kubelet’s words and order', async () => {
  const rig = await rigWith(podA({ imagePullPolicy: 'IfNotPresent' }));
  rig.want();
  await rig.host.elapse(1_000);
  assert.deepEqual(told(rig), [
    'Pulling Pulling image "localhost/web:1"',
    'Pulled Successfully pulled image "localhost/web:1" in 0s (0s including waiting)',
    'Created Created container: web',
    'Started Started container web',
    'Killing Stopping container web',
  ]);
  const notes = rig.reports('a').flatMap(({ notes: some = [] }) => some);
  assert.ok(notes.every(({ fieldPath }) => fieldPath === 'spec.containers{web}'));
});

test('an image that is there is not pulled; one that cannot be had is told twice and then backs off', async () => {
  const rig = new Rig();
  rig.world.images.add('localhost/web:1');
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ imagePullPolicy: 'IfNotPresent' }));
  assert.equal(told(rig)[0], 'Pulled Container image "localhost/web:1" already present on machine');
  const other = new Rig();
  other.world.pullFailure = 'manifest unknown';
  other.boot();
  await other.host.elapse(100);
  await order(other, podA({}));
  await other.host.elapse(3_000);
  assert.deepEqual(told(other), [
    'Pulling Pulling image "localhost/web:1"',
    'Failed Failed to pull image "localhost/web:1": manifest unknown',
    'Failed Error: ErrImagePull',
    'BackOff Back-off pulling image "localhost/web:1"',
    'Failed Error: ImagePullBackOff',
  ]);
});

test('a command that cannot be run counts as an end: exit code 128, restarts, back-off', async () => {
  const rig = new Rig();
  rig.world.startFailure = 'exec: "/nope": not found';
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({}));
  assert.equal(web(rig).state?.waiting?.reason, 'RunContainerError');
  await rig.host.elapse(3_000);
  const { state, lastState, restartCount } = web(rig);
  assert.equal(state?.waiting?.reason, 'CrashLoopBackOff');
  assert.equal(restartCount, 1);
  const { exitCode, reason, message } = lastState?.terminated ?? {};
  assert.deepEqual([exitCode, reason, message], [128, 'StartError', 'exec: "/nope": not found']);
  assert.equal(statusOf(rig).phase, 'Running', 'as Kubernetes has it');
  assert.ok(told(rig).includes('Failed Error: exec: "/nope": not found'));
  assert.ok(told(rig).includes('BackOff Back-off restarting failed container web in pod a_default(uid-a)'));
  const never = new Rig();
  never.world.startFailure = 'not found';
  never.boot();
  await never.host.elapse(100);
  await order(never, podA({}, { restartPolicy: 'Never' }));
  assert.equal(statusOf(never).phase, 'Failed');
  assert.equal(web(never).state?.terminated?.exitCode, 128);
});

test('what a container says of its end is shown', async () => {
  const rig = new Rig();
  rig.world.lastWords = 'my disk is full';
  rig.boot();
  await rig.host.elapse(100);
  const policy = { terminationMessagePath: '/why', terminationMessagePolicy: 'FallbackToLogsOnError' };
  await order(rig, podA(policy, { restartPolicy: 'Never' }));
  const [container] = rig.world.running();
  assert.ok(container);
  assert.deepEqual(container.spec.terminationMessage, { path: '/why', fallbackToLogs: true });
  rig.world.exit(container.id, 1);
  await rig.host.elapse(500);
  assert.equal(web(rig).state?.terminated?.message, 'my disk is full');
});

test('a container that used more memory than its limit is told', async () => {
  const rig = await rigWith(podA({}));
  const [container] = rig.world.running();
  assert.ok(container);
  rig.world.exit(container.id, 137, { outOfMemory: true });
  await rig.host.elapse(500);
  assert.ok(told(rig).includes('OOMKilling Container web used more memory than its limit'));
});

test('what is missing is told once, until something else is', async () => {
  const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'x' } } }];
  const pod = podA({ env }, { volumes: [{ name: 'v', secret: { secretName: 'none' } }] });
  const rig = await rigWith(pod);
  await rig.host.elapse(10_000);
  assert.deepEqual(told(rig), [
    'FailedMount MountVolume.SetUp failed for volume "v" : secret "none" not found',
  ]);
  const other = await rigWith(podA({ env }));
  await other.host.elapse(10_000);
  other.want(['pods', podA({ env })], ['configmaps', configMap('cm', { y: '1' })]);
  await other.host.elapse(1_000);
  assert.deepEqual(
    told(other).filter((text) => text.startsWith('Failed')),
    ['Failed Error: configmap "cm" not found', "Failed Error: couldn't find key x in ConfigMap default/cm"],
  );
});

test('G8: what is not acknowledged is told again within bounds; what is, is not', async () => {
  const rig = await rigWith(podA({}));
  for (let times = 0; times < 20; times += 1) {
    const [container] = rig.world.running();
    assert.ok(container);
    rig.world.exit(container.id, 1);
    await rig.host.elapse(301_000);
  }
  const notes = rig.lastReport('a').notes ?? [];
  assert.equal(notes.length, limits.podNotes);
  const numbers = notes.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  const newest = numbers.at(-1) ?? 0;
  rig.ackAll();
  const [container] = rig.world.running();
  assert.ok(container);
  rig.world.exit(container.id, 1);
  await rig.host.elapse(301_000);
  const after = rig.lastReport('a').notes ?? [];
  assert.deepEqual(
    after.map(({ reason }) => reason),
    ['BackOff', 'Pulled', 'Created', 'Started'],
  );
  assert.ok(after.every(({ number }) => number > newest));
});

test('G9: a probe that fails for an hour is told some times, and then ever so often', async () => {
  const rig = new Rig();
  rig.world.exec = () => ({ exitCode: 1, output: '' });
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({ readinessProbe: { exec: { command: ['check'] }, periodSeconds: 1 } }));
  await rig.host.elapse(3_600_000);
  const times = told(rig).filter((text) => text.startsWith('Unhealthy')).length;
  assert.ok(times >= 30 && times <= 37, `${times} times`);
});

test('a pod that is named again once it is gone runs again, and is not called gone', async () => {
  const rig = await rigWith(podA({}));
  rig.want();
  await rig.host.elapse(1_000);
  assert.equal(rig.lastReport('a').gone, true);
  const later = rig.world.boots;
  rig.want(['pods', podA({})]);
  await rig.host.elapse(500);
  rig.ackAll();
  await rig.host.elapse(2_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.equal(rig.lastReport('a').gone, false);
  assert.equal(statusOf(rig).phase, 'Running');
  assert.deepEqual([...rig.world.networks.keys()], ['uid-a']);
  assert.equal(rig.world.boots, later);
});

test('a memory limit that the kernel does not apply is told once a pod, whatever restarts; without a limit nothing is', async () => {
  const rig = new Rig();
  rig.world.unappliedLimit = 'no memory cgroups: do this';
  rig.boot();
  await rig.host.elapse(100);
  const limited = { resources: { limits: { memory: '64Mi' } } };
  const second = { name: 'second', image: 'localhost/web:1', ...limited };
  await order(
    rig,
    podObject('a', { containers: [{ name: 'web', image: 'localhost/web:1', ...limited }, second] }),
  );
  const warnings = (): string[] => told(rig).filter((line) => line.startsWith('LimitNotApplied'));
  assert.deepEqual(warnings(), ['LimitNotApplied no memory cgroups: do this']);
  for (const { id } of [...rig.world.containers.values()]) rig.world.exit(id, 1);
  await rig.host.elapse(5_000);
  assert.ok(told(rig).filter((line) => line.startsWith('Created')).length > 2, 'they were made anew');
  assert.equal(warnings().length, 1);
  const other = new Rig();
  other.world.unappliedLimit = 'no memory cgroups: do this';
  other.boot();
  await other.host.elapse(100);
  await order(other, podA({}));
  assert.deepEqual(
    told(other).filter((line) => line.startsWith('LimitNotApplied')),
    [],
  );
});
