import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodSpec, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { podObject } from './testing/objects.ts';
import { Rig } from './testing/rig.ts';

type Pod = ReturnType<typeof podObject>;

async function rigWith(...pods: Pod[]): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  await want(rig, ...pods);
  return rig;
}

async function want(rig: Rig, ...pods: Pod[]): Promise<void> {
  rig.want(...pods.map((pod) => ['pods', pod] as const));
  await rig.host.elapse(1_000);
}

const statusOf = (rig: Rig): PodStatus => rig.lastReport('a').status as PodStatus;
const starts = (rig: Rig): number => rig.world.effects.filter((effect) => effect.startsWith('start ')).length;

/** As the controller has it, once the board's last report is on its disk. */
const withStatus = (pod: Pod, rig: Rig): Pod => ({ ...pod, status: statusOf(rig) });

async function exit(rig: Rig, exitCode: number): Promise<void> {
  for (const { id } of rig.world.running()) rig.world.exit(id, exitCode);
  await rig.host.elapse(1_000);
}

for (const [restartPolicy, exitCode, phase] of [
  ['Never', 0, 'Succeeded'],
  ['Never', 3, 'Failed'],
  ['OnFailure', 0, 'Succeeded'],
] as const)
  for (const power of ['stays', 'goes'])
    test(`a pod that ${phase} (${restartPolicy}) is known by its containers, where the power ${power}`, async () => {
      const pod = podObject('a', { restartPolicy });
      const rig = await rigWith(pod);
      await exit(rig, exitCode);
      if (power === 'goes') rig.world.losePower();
      await rig.restartWithoutJournal();
      await want(rig, pod);
      await rig.host.elapse(20_000);
      assert.equal(starts(rig), 1, 'it ran once');
      assert.equal(statusOf(rig).phase, phase);
    });

for (const spec of [{ restartPolicy: 'Never' }, { restartPolicy: 'OnFailure' }] as Partial<PodSpec>[])
  test(`a pod (${spec.restartPolicy}) whose containers are gone, too, is known by what the controller has`, async () => {
    const pod = podObject('a', spec);
    const rig = await rigWith(pod);
    await exit(rig, 0);
    const ended = withStatus(pod, rig);
    rig.world.containers.clear();
    await rig.restartWithoutJournal();
    await want(rig, ended);
    await rig.host.elapse(20_000);
    assert.deepEqual(rig.world.runningNames(), []);
    assert.deepEqual(statusOf(rig), ended['status'], 'and is told as it was');
  });

test('a pod that ran into its deadline is not given another one', async () => {
  const pod = podObject('a', { activeDeadlineSeconds: 5 });
  const rig = await rigWith(pod);
  await rig.host.elapse(10_000);
  const ended = withStatus(pod, rig);
  assert.equal(statusOf(rig).reason, 'DeadlineExceeded');
  await rig.restartWithoutJournal();
  await want(rig, ended);
  assert.equal(starts(rig), 1);
  assert.deepEqual(statusOf(rig), ended['status']);
});

test('a pod that was turned away for want of room is not judged a second time', async () => {
  const large = { name: 'web', image: 'localhost/web:1', resources: { requests: { cpu: '3' } } };
  const [pod, other] = ['a', 'other'].map((name) => podObject(name, { containers: [large] })) as [Pod, Pod];
  const rig = await rigWith(other, pod);
  const ended = withStatus(pod, rig);
  assert.equal(statusOf(rig).reason, 'OutOfcpu');
  rig.world.containers.clear();
  await rig.restartWithoutJournal();
  await want(rig, ended);
  assert.deepEqual(rig.world.runningNames(), []);
  assert.deepEqual(statusOf(rig), ended['status']);
});

test('its end is known also after the agent’s next start', async () => {
  const pod = podObject('a', { restartPolicy: 'Never' });
  const rig = await rigWith(pod);
  await exit(rig, 0);
  const ended = withStatus(pod, rig);
  rig.world.containers.clear();
  await rig.restartWithoutJournal();
  await want(rig, ended);
  rig.kill();
  rig.boot();
  await rig.host.elapse(5_000);
  assert.deepEqual(rig.world.runningNames(), []);
  assert.deepEqual(statusOf(rig), ended['status']);
});

test('one that is deleted goes, with nothing run', async () => {
  const pod = podObject('a', { restartPolicy: 'Never' });
  const rig = await rigWith(pod);
  await exit(rig, 0);
  const deleted = podObject('a', { restartPolicy: 'Never' }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  const ended = { ...deleted, status: statusOf(rig) };
  await rig.restartWithoutJournal();
  await want(rig, ended);
  assert.equal(starts(rig), 1);
  assert.equal(rig.lastReport('a').gone, true);
  assert.equal(rig.world.containers.size, 0);
});

test('G5: what runs is not stopped because the controller takes it for ended', async () => {
  const pod = podObject('a');
  const rig = await rigWith(pod);
  await rig.restartWithoutJournal();
  await want(rig, { ...pod, status: { phase: 'Failed', reason: 'Evicted' } });
  await rig.host.elapse(20_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.equal(starts(rig), 1);
});
