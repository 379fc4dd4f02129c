import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Container, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { identityOf } from './labels.ts';
import { order, podA, rigWith, statusOf } from './testing/pods.ts';
import { Rig } from './testing/rig.ts';

const exec = { exec: { command: ['check'] }, periodSeconds: 1, failureThreshold: 100 };
const init = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'localhost/i:1',
  ...more,
});
const sidecar = (name: string, more: Partial<Container> = {}): Container =>
  init(name, { restartPolicy: 'Always', ...more });

async function exit(rig: Rig, name: string, exitCode: number): Promise<void> {
  const container = rig.world.running().find(({ spec }) => identityOf(spec.labels)?.container === name);
  assert.ok(container, `${name} does not run`);
  rig.world.exit(container.id, exitCode);
  await rig.host.elapse(200);
}

function condition(status: PodStatus, type: string): string | undefined {
  const found = status.conditions?.find((each) => each.type === type);
  return found && [found.status, found.reason, found.message].filter(Boolean).join(' ');
}

test('a sidecar must have started before the next init container is, and runs on beside the others', async () => {
  let up = false;
  const rig = new Rig();
  rig.world.exec = () => ({ exitCode: up ? 0 : 1, output: '' });
  rig.boot();
  await rig.host.elapse(100);
  const initContainers = [sidecar('log', { startupProbe: exec }), init('setup')];
  await order(rig, podA({}, { initContainers }));
  assert.deepEqual(rig.world.runningNames(), ['a/log']);
  assert.equal(
    condition(statusOf(rig), 'Initialized'),
    'False ContainersNotInitialized containers with incomplete status: [log setup]',
  );
  assert.deepEqual(statusOf(rig).containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  up = true;
  await rig.host.elapse(1_200);
  assert.deepEqual(rig.world.runningNames(), ['a/log', 'a/setup']);
  assert.equal(
    condition(statusOf(rig), 'Initialized'),
    'False ContainersNotInitialized containers with incomplete status: [setup]',
  );
  await exit(rig, 'setup', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/log', 'a/web']);
  assert.equal(condition(statusOf(rig), 'Initialized'), 'True');
  assert.equal(condition(statusOf(rig), 'Ready'), 'True');
  await exit(rig, 'log', 0);
  assert.deepEqual(
    rig.world.runningNames(),
    ['a/log', 'a/web'],
    'it is started again whatever it ended with',
  );
  assert.equal(statusOf(rig).initContainerStatuses?.[0]?.restartCount, 1);
});

test('a sidecar that is not ready makes its pod so', async () => {
  const rig = new Rig();
  rig.world.exec = () => ({ exitCode: 1, output: '' });
  rig.boot();
  await rig.host.elapse(100);
  await order(rig, podA({}, { initContainers: [sidecar('log', { readinessProbe: exec })] }));
  assert.deepEqual(rig.world.runningNames(), ['a/log', 'a/web']);
  assert.equal(
    condition(statusOf(rig), 'Ready'),
    'False ContainersNotReady containers with unready status: [log]',
  );
});

test('sidecars end after all others, in the reverse of their order, within the one grace', async () => {
  const initContainers = [sidecar('first'), sidecar('second')];
  const rig = await rigWith(podA({}, { initContainers }));
  const ends: string[] = [];
  rig.world.stop = async (id) => {
    const container = rig.world.containers.get(id);
    assert.ok(container);
    ends.push(identityOf(container.spec.labels)?.container ?? '');
    await new Promise<void>((resolve) => rig.host.timer(3_000, resolve));
    rig.world.exit(id, 143);
  };
  rig.want();
  await rig.host.elapse(10_000);
  assert.deepEqual(ends, ['web', 'second', 'first']);
  const stops = rig.world.effects.filter((name) => name.startsWith('stop'));
  assert.deepEqual(
    stops.map((name) => name.split(' ')[2]),
    ['30', '27', '24'],
  );
});

test('when the others have ended for good the sidecars are stopped, and the pod has ended', async () => {
  const rig = await rigWith(podA({}, { restartPolicy: 'Never', initContainers: [sidecar('log')] }));
  await exit(rig, 'web', 0);
  assert.deepEqual(rig.world.runningNames(), []);
  assert.equal(statusOf(rig).phase, 'Succeeded');
});

test('an init container that fails: the pod’s policy says whether it is tried again', async () => {
  const pod = (restartPolicy: string): KubeObject =>
    podA({}, { restartPolicy, initContainers: [init('setup')] });
  const never = await rigWith(pod('Never'));
  await exit(never, 'setup', 2);
  assert.equal(statusOf(never).phase, 'Failed');
  assert.equal(statusOf(never).initContainerStatuses?.[0]?.state?.terminated?.exitCode, 2);
  assert.deepEqual(statusOf(never).containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  const always = await rigWith(pod('Always'));
  await exit(always, 'setup', 2);
  await exit(always, 'setup', 2);
  assert.equal(statusOf(always).phase, 'Pending');
  assert.equal(statusOf(always).initContainerStatuses?.[0]?.state?.waiting?.reason, 'CrashLoopBackOff');
});
