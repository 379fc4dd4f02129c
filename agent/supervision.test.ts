import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { configMap, podObject, secret } from './pods/testing/objects.ts';
import { Rig, storeB } from './pods/testing/rig.ts';

async function running(...pods: readonly (readonly [string, ReturnType<typeof podObject>])[]): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(100);
  rig.want(...pods);
  await rig.host.elapse(1_000);
  return rig;
}

const status = (rig: Rig, name: string): PodStatus => rig.lastReport(name).status as PodStatus;

test('a pod that is ordered runs, and is reported with its address', async () => {
  const rig = await running(['pods', podObject('a')]);
  assert.deepEqual(rig.crashes, []);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  const report = rig.lastReport('a');
  const { phase, podIP, hostIP, containerStatuses, conditions } = report.status as PodStatus;
  assert.deepEqual({ phase, podIP, hostIP }, { phase: 'Running', podIP: '10.42.1.2', hostIP: '192.168.1.5' });
  assert.equal(containerStatuses?.[0]?.ready, true);
  assert.equal(containerStatuses?.[0]?.containerID, 'podman://c0001');
  assert.equal(conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.deepEqual(Object.keys(report.stages ?? {}).sort(), [
    'created',
    'journaled',
    'network',
    'pulled',
    'received',
    'running',
    'started',
  ]);
});
