import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodSpec, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { identityOf } from './labels.ts';
import { podObject } from './testing/objects.ts';
import { Rig } from './testing/rig.ts';

const prepare = { name: 'prepare', image: 'localhost/i:1' };
const web = { name: 'web', image: 'localhost/web:1' };

function podWith(spec: Partial<PodSpec> = {}): ReturnType<typeof podObject> {
  return podObject('a', { initContainers: [prepare], containers: [web], ...spec });
}

async function rigWith(pod: ReturnType<typeof podObject>): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(100);
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  return rig;
}

async function exit(rig: Rig, name: string, exitCode: number): Promise<void> {
  const container = rig.world.running().find(({ spec }) => identityOf(spec.labels)?.container === name);
  assert.ok(container, `${name} does not run`);
  rig.world.exit(container.id, exitCode);
  await rig.host.elapse(300);
}

async function reboot(rig: Rig): Promise<void> {
  rig.kill();
  rig.world.losePower();
  rig.boot();
  await rig.host.elapse(1_000);
}

const statusOf = (rig: Rig): PodStatus => rig.lastReport('a').status as PodStatus;

test('after a reboot the init containers run again before the others', async () => {
  const rig = await rigWith(podWith());
  await exit(rig, 'prepare', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  await reboot(rig);
  assert.deepEqual(rig.world.runningNames(), ['a/prepare']);
  const status = statusOf(rig);
  assert.equal(status.phase, 'Running', 'a pod that has run is not Pending again');
  assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
  assert.equal(status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 255);
  assert.equal(status.conditions?.find(({ type }) => type === 'Initialized')?.status, 'False');
  await exit(rig, 'prepare', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.equal(statusOf(rig).containerStatuses?.[0]?.restartCount, 1);
  assert.equal(statusOf(rig).initContainerStatuses?.[0]?.restartCount, 1);
});

test('a restart of the agent alone runs no init container again, nor does a crash after the reboot', async () => {
  const rig = await rigWith(podWith());
  await exit(rig, 'prepare', 0);
  await reboot(rig);
  await exit(rig, 'prepare', 0);
  rig.kill();
  rig.boot();
  await rig.host.elapse(1_000);
  await exit(rig, 'web', 1);
  await rig.host.elapse(15_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.equal(statusOf(rig).initContainerStatuses?.[0]?.restartCount, 1);
});

test('a reboot between two init containers begins with the first', async () => {
  const rig = await rigWith(
    podWith({ initContainers: [prepare, { name: 'second', image: 'localhost/i:1' }] }),
  );
  await exit(rig, 'prepare', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/second']);
  await reboot(rig);
  assert.deepEqual(rig.world.runningNames(), ['a/prepare']);
  assert.equal(statusOf(rig).phase, 'Pending');
  await exit(rig, 'prepare', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/second']);
});

test('restartPolicy OnFailure: what has succeeded stays so, also when the others start again', async () => {
  const containers = [web, { name: 'once', image: 'localhost/web:1' }];
  const rig = await rigWith(podWith({ restartPolicy: 'OnFailure', containers }));
  await exit(rig, 'prepare', 0);
  await exit(rig, 'once', 0);
  await reboot(rig);
  assert.deepEqual(rig.world.runningNames(), ['a/prepare']);
  await exit(rig, 'prepare', 0);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('restartPolicy Never: a reboot ends the pod, and nothing of it runs again', async () => {
  const rig = await rigWith(podWith({ restartPolicy: 'Never' }));
  await exit(rig, 'prepare', 0);
  await reboot(rig);
  assert.deepEqual(rig.world.runningNames(), []);
  assert.equal(statusOf(rig).phase, 'Failed');
});

test('a container that stays beside the others starts again in its turn', async () => {
  const beside = { name: 'beside', image: 'localhost/i:1', restartPolicy: 'Always' };
  const rig = await rigWith(podWith({ initContainers: [prepare, beside] }));
  await exit(rig, 'prepare', 0);
  await rig.host.elapse(500);
  assert.deepEqual(rig.world.runningNames(), ['a/beside', 'a/web']);
  await reboot(rig);
  assert.deepEqual(rig.world.runningNames(), ['a/prepare']);
  await exit(rig, 'prepare', 0);
  await rig.host.elapse(500);
  assert.deepEqual(rig.world.runningNames(), ['a/beside', 'a/web']);
});
