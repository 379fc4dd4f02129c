import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ContainerStatus, PodSpec, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { configMap, podObject, secret } from './testing/objects.ts';
import { Rig } from './testing/rig.ts';

type Objects = readonly (readonly [string, KubeObject])[];

async function rigWith(...objects: Objects): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(100);
  rig.want(...objects);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.crashes, []);
  return rig;
}

function one(spec: Partial<PodSpec['containers'][0]>, rest: Partial<PodSpec> = {}): KubeObject {
  return podObject('a', { containers: [{ name: 'web', image: 'localhost/web:1', ...spec }], ...rest });
}

function statusOf(rig: Rig): PodStatus {
  return rig.lastReport('a').status as PodStatus;
}

function web(rig: Rig): ContainerStatus {
  const status = statusOf(rig).containerStatuses?.[0];
  assert.ok(status);
  return status;
}

async function exitNow(rig: Rig, exitCode: number, options = {}): Promise<void> {
  const [container] = rig.world.running();
  assert.ok(container, 'nothing runs');
  rig.world.exit(container.id, exitCode, options);
  await rig.host.elapse(200);
}

test('a container that crashes is restarted at once, then after 10, 20, … 300 seconds', async () => {
  const rig = await rigWith(['pods', podObject('a')]);
  await exitNow(rig, 1);
  assert.equal(web(rig).restartCount, 1);
  assert.equal(web(rig).lastState?.terminated?.exitCode, 1);
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    await exitNow(rig, 1);
    const waiting = web(rig).state?.waiting;
    assert.equal(waiting?.reason, 'CrashLoopBackOff');
    const text = { 10: '10s', 20: '20s', 40: '40s', 80: '1m20s', 160: '2m40s', 300: '5m0s' }[seconds];
    assert.equal(waiting?.message, `back-off ${text} restarting failed container=web pod=a_default(uid-a)`);
    await rig.host.elapse(seconds * 1_000 - 1_000);
    assert.deepEqual(rig.world.running(), []);
    await rig.host.elapse(2_000);
    assert.equal(rig.world.running().length, 1);
  }
  assert.equal(rig.world.containers.size, 2, 'only the last ended container is kept');
  await rig.host.elapse(600_000);
  await exitNow(rig, 1);
  assert.equal(rig.world.running().length, 1, 'ten minutes of running are a new start');
});

test('a wall clock that is put back prolongs no back-off', async () => {
  const rig = await rigWith(['pods', podObject('a')]);
  await exitNow(rig, 1);
  await exitNow(rig, 1);
  rig.host.jumpWallClock(-1_800_000);
  await rig.host.elapse(8_000);
  assert.deepEqual(rig.world.running(), []);
  await rig.host.elapse(3_000);
  assert.equal(rig.world.running().length, 1);
});

test('the back-off and the restart count survive a restart of the agent', async () => {
  const rig = await rigWith(['pods', podObject('a')]);
  await exitNow(rig, 1);
  await exitNow(rig, 1);
  rig.kill();
  rig.boot();
  await rig.host.elapse(5_000);
  assert.equal(web(rig).state?.waiting?.reason, 'CrashLoopBackOff');
  assert.equal(web(rig).restartCount, 1);
  await rig.host.elapse(6_000);
  assert.equal(web(rig).restartCount, 2);
  assert.equal(rig.world.running().length, 1);
});

test('an end that the runtime did not tell is found by the slow full look', async () => {
  const rig = await rigWith(['pods', podObject('a')]);
  await exitNow(rig, 1, { silently: true });
  assert.equal(rig.world.running().length, 0);
  await rig.host.elapse(80_000);
  assert.equal(rig.world.running().length, 1);
});

test('restartPolicy Never: Succeeded or Failed, and it stays that', async () => {
  for (const [exitCode, phase, reason] of [
    [0, 'Succeeded', 'Completed'],
    [3, 'Failed', 'Error'],
  ] as const) {
    const rig = await rigWith(['pods', one({}, { restartPolicy: 'Never' })]);
    await exitNow(rig, exitCode);
    assert.equal(statusOf(rig).phase, phase);
    assert.equal(web(rig).state?.terminated?.reason, reason);
    assert.equal(web(rig).state?.terminated?.exitCode, exitCode);
    assert.deepEqual([...rig.world.networks.keys()], [], 'its network is given back');
    rig.kill();
    rig.world.containers.clear();
    rig.boot();
    await rig.host.elapse(60_000);
    assert.equal(rig.world.containers.size, 0, 'a job does not run twice, whoever removed its container');
    assert.equal(statusOf(rig).phase, phase);
    assert.equal(web(rig).state?.terminated?.exitCode, exitCode);
  }
});

test('restartPolicy OnFailure restarts failures only', async () => {
  const rig = await rigWith(['pods', one({}, { restartPolicy: 'OnFailure' })]);
  await exitNow(rig, 1);
  assert.equal(rig.world.running().length, 1);
  await exitNow(rig, 0);
  assert.equal(statusOf(rig).phase, 'Succeeded');
  assert.equal(web(rig).restartCount, 1);
});

test('a container that used too much memory is shown as OOMKilled', async () => {
  const rig = await rigWith(['pods', one({}, { restartPolicy: 'Never' })]);
  await exitNow(rig, 137, { outOfMemory: true });
  assert.deepEqual(web(rig).state?.terminated?.reason, 'OOMKilled');
});

test('an image that cannot be pulled: ErrImagePull, then ImagePullBackOff, with the registry’s words', async () => {
  const rig = new Rig();
  rig.world.pullFailure = 'manifest unknown';
  rig.boot();
  await rig.host.elapse(100);
  rig.want(['pods', one({})]);
  await rig.host.elapse(1_000);
  assert.deepEqual(web(rig).state?.waiting, { reason: 'ErrImagePull', message: 'manifest unknown' });
  assert.equal(statusOf(rig).phase, 'Pending');
  await rig.host.elapse(3_000);
  assert.equal(web(rig).state?.waiting?.reason, 'ImagePullBackOff');
  const pulls = (): number => rig.world.effects.filter((name) => name.startsWith('pull')).length;
  assert.equal(pulls(), 1, 'it is not tried again before its time');
  rig.world.pullFailure = undefined;
  await rig.host.elapse(10_000);
  assert.equal(statusOf(rig).phase, 'Running');
});

test('a pod that has run is not Pending again while its new image cannot be pulled, as in Kubernetes', async () => {
  const rig = await rigWith(['pods', one({})]);
  rig.world.pullFailure = 'manifest unknown';
  rig.want(['pods', one({ image: 'localhost/web:2' })]);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.running(), []);
  assert.equal(web(rig).state?.waiting?.reason, 'ErrImagePull');
  assert.ok(web(rig).lastState?.terminated);
  assert.equal(statusOf(rig).phase, 'Running');
});

test('another image is tried at once, whatever the back-off of the one before', async () => {
  const rig = new Rig();
  rig.world.pullFailure = 'manifest unknown';
  rig.boot();
  await rig.host.elapse(100);
  rig.want(['pods', one({})]);
  await rig.host.elapse(40_000);
  assert.equal(web(rig).state?.waiting?.reason, 'ImagePullBackOff');
  rig.world.pullFailure = undefined;
  rig.want(['pods', one({ image: 'localhost/web:2' })]);
  await rig.host.elapse(1_000);
  assert.equal(statusOf(rig).phase, 'Running');
});

test('imagePullPolicy Never without the image is ErrImageNeverPull', async () => {
  const rig = await rigWith(['pods', one({ imagePullPolicy: 'Never' })]);
  assert.equal(web(rig).state?.waiting?.reason, 'ErrImageNeverPull');
  assert.deepEqual(
    rig.world.effects.filter((name) => name.startsWith('pull')),
    [],
  );
});

test('what ran before runs again when the registry cannot be reached', async () => {
  const rig = await rigWith(['pods', one({ imagePullPolicy: 'Always' })]);
  rig.world.pullFailure = 'no route to host';
  await exitNow(rig, 1);
  assert.equal(rig.world.running().length, 1);
});

test('a missing ConfigMap is CreateContainerConfigError until it comes', async () => {
  const pod = one({ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'x' } } }] });
  const rig = await rigWith(['pods', pod]);
  assert.deepEqual(web(rig).state?.waiting, {
    reason: 'CreateContainerConfigError',
    message: 'configmap "cm" not found',
  });
  rig.want(['pods', pod], ['configmaps', configMap('cm', { y: '1' })]);
  await rig.host.elapse(500);
  assert.equal(web(rig).state?.waiting?.message, "couldn't find key x in ConfigMap default/cm");
  rig.want(['pods', pod], ['configmaps', configMap('cm', { x: '1' }, '2')]);
  await rig.host.elapse(500);
  assert.equal(statusOf(rig).phase, 'Running');
  assert.deepEqual(rig.world.running()[0]?.spec.env, [{ name: 'X', value: '1' }]);
});

test('a Secret travels sealed, is sealed in the journal, and reaches env and volume in the clear', async () => {
  const pod = one(
    {
      env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } }],
      volumeMounts: [{ name: 'keys', mountPath: '/keys' }],
    },
    { volumes: [{ name: 'keys', secret: { secretName: 's' } }] },
  );
  const rig = await rigWith(['secrets', secret('s', { password: 'sesame' })], ['pods', pod]);
  const [container] = rig.world.running();
  assert.deepEqual(container?.spec.env, [{ name: 'P', value: 'sesame' }]);
  assert.equal(rig.world.volumes.get('uid-a')?.get('keys'), 'password=sesame');
  const mount = container?.spec.mounts.find(({ target }) => target === '/keys');
  assert.deepEqual(mount, { source: '/volumes/uid-a/keys', target: '/keys', readOnly: true });
  const journal = JSON.stringify([...rig.world.journal]);
  assert.ok(!journal.includes('sesame') && !journal.includes(Buffer.from('sesame').toString('base64')));
});

test('a changed ConfigMap reaches the volume of the running pod, which is not restarted', async () => {
  const pod = one(
    { volumeMounts: [{ name: 'conf', mountPath: '/conf' }] },
    { volumes: [{ name: 'conf', configMap: { name: 'cm' } }] },
  );
  const rig = await rigWith(['configmaps', configMap('cm', { color: 'red' })], ['pods', pod]);
  const [before] = rig.world.running();
  rig.want(['configmaps', configMap('cm', { color: 'blue' }, '2')], ['pods', pod]);
  await rig.host.elapse(500);
  assert.equal(rig.world.volumes.get('uid-a')?.get('conf'), 'color=blue');
  assert.deepEqual(rig.world.running(), [before]);
});

test('a changed image replaces the container; a changed label does not', async () => {
  const rig = await rigWith(['pods', one({})]);
  const [before] = rig.world.running();
  const labelled = one({});
  rig.want(['pods', { ...labelled, metadata: { ...labelled.metadata, labels: { x: 'y' } } }]);
  await rig.host.elapse(500);
  assert.deepEqual(rig.world.running(), [before]);
  rig.want(['pods', one({ image: 'localhost/web:2' })]);
  await rig.host.elapse(1_000);
  const [after] = rig.world.running();
  assert.equal(after?.spec.image, 'localhost/web:2');
  assert.equal(before?.stops, 1);
  assert.equal(web(rig).restartCount, 1);
});

test('activeDeadlineSeconds ends the pod as Failed, DeadlineExceeded', async () => {
  const rig = await rigWith(['pods', one({}, { activeDeadlineSeconds: 60 })]);
  await rig.host.elapse(58_000);
  assert.equal(statusOf(rig).phase, 'Running');
  await rig.host.elapse(3_000);
  assert.equal(statusOf(rig).phase, 'Failed');
  assert.equal(statusOf(rig).reason, 'DeadlineExceeded');
  assert.deepEqual(rig.world.running(), []);
});

test('init containers run one after the other before the others', async () => {
  const init = (name: string): PodSpec['containers'][0] => ({ name, image: 'localhost/i:1' });
  const rig = await rigWith(['pods', one({}, { initContainers: [init('one'), init('two')] })]);
  assert.deepEqual(rig.world.runningNames(), ['a/one']);
  assert.equal(web(rig).state?.waiting?.reason, 'PodInitializing');
  assert.equal(statusOf(rig).phase, 'Pending');
  await exitNow(rig, 0);
  assert.deepEqual(rig.world.runningNames(), ['a/two']);
  await exitNow(rig, 1);
  assert.deepEqual(rig.world.runningNames(), ['a/two'], 'a failed one is tried again');
  await exitNow(rig, 0);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.equal(statusOf(rig).initContainerStatuses?.[1]?.state?.terminated?.reason, 'Completed');
  assert.equal(statusOf(rig).conditions?.find(({ type }) => type === 'Initialized')?.status, 'True');
});

test('a container that cannot be started is shown as RunContainerError and tried again', async () => {
  const rig = new Rig();
  rig.world.startFailure = 'exec: "/nope": not found';
  rig.boot();
  await rig.host.elapse(100);
  rig.want(['pods', one({})]);
  await rig.host.elapse(1_000);
  assert.deepEqual(web(rig).state?.waiting, {
    reason: 'RunContainerError',
    message: 'exec: "/nope": not found',
  });
  rig.world.startFailure = undefined;
  await rig.host.elapse(11_000);
  assert.equal(statusOf(rig).phase, 'Running');
});

test('a pod on the board’s own network gets no address of its own', async () => {
  const rig = await rigWith(['pods', one({}, { hostNetwork: true })]);
  assert.equal(rig.world.running()[0]?.spec.network, 'host');
  assert.equal(statusOf(rig).podIP, '192.168.1.5');
  assert.deepEqual([...rig.world.networks.keys()], []);
});

test('a subPath that leads out of its volume is CreateContainerConfigError until it no longer does', async () => {
  const rig = new Rig();
  rig.world.wayOut = '/volumes/uid-a/data/link';
  rig.boot();
  await rig.host.elapse(100);
  const volumeMounts = [{ name: 'data', mountPath: '/data', subPath: 'link' }];
  rig.want(['pods', one({ volumeMounts }, { volumes: [{ name: 'data', emptyDir: {} }] })]);
  await rig.host.elapse(1_000);
  const message = 'subPath "link" is not inside the volume';
  assert.deepEqual(web(rig).state?.waiting, { reason: 'CreateContainerConfigError', message });
  assert.equal(rig.world.containers.size, 0);
  rig.world.wayOut = undefined;
  await rig.host.elapse(12_000);
  assert.equal(statusOf(rig).phase, 'Running');
  const mount = rig.world.running()[0]?.spec.mounts.find(({ target }) => target === '/data');
  assert.deepEqual(mount, { source: '/volumes/uid-a/data/link', target: '/data', readOnly: false });
});

test('a pod that was placed by hand and does not fit has failed, is shown so, and ends when it is deleted', async () => {
  const greedy = one({ resources: { requests: { cpu: '64' } } });
  const rig = await rigWith(['pods', greedy]);
  const { phase, reason, message } = statusOf(rig);
  assert.deepEqual([phase, reason], ['Failed', 'OutOfcpu']);
  assert.match(message ?? '', /^Pod was rejected: .*cpu, requested: 64000, used: 0, capacity: 3800$/);
  assert.equal(rig.world.containers.size, 0);
  rig.want();
  await rig.host.elapse(1_000);
  assert.equal(rig.lastReport('a').gone, true);
  rig.ackAll();
  await rig.host.elapse(1_000);
  assert.equal(rig.world.journal.has('pods/uid-a'), false);
});
