import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { JobObject } from '../../workloads/objects.ts';
import { template, WorkloadWorld } from '../testing/workload-world.ts';
import { Ages } from './ages.ts';

let world: WorkloadWorld | undefined;
afterEach(() => {
  world?.fleet.finish();
  world = undefined;
});

const yearMs = 365 * 24 * 3_600_000;

function job(spec: object): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work' },
    spec: { template: template('hello:1', { restartPolicy: 'Never' }), ...spec },
  };
}

test('what is still to come by the clock of the day counts from when it is seen first, and goes on counting', async () => {
  const host = new VirtualHost();
  const ages = new Ages(host);
  const ageOf = ages.of('a job');
  const pastMs = host.now() - 5_000;
  assert.equal(ageOf('past', pastMs), 5_000);
  const futureMs = host.now() + yearMs;
  assert.equal(ageOf('future', futureMs), 0);
  await host.elapse(7_000);
  assert.deepEqual([ageOf('past', pastMs), ageOf('future', futureMs)], [12_000, 7_000]);
  assert.equal(ages.of('another')('future', futureMs), 0);
  ages.forget('a job');
  assert.equal(ageOf('future', futureMs), 0);
});

test('a board whose clock is ahead does not keep a Job from trying again', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('jobs', job({ backoffLimit: 3 }));
  const finishedAt = new Date(world.fleet.host.now() + yearMs).toISOString();
  const state = { terminated: { exitCode: 1, finishedAt } };
  const statuses = [{ name: 'main', restartCount: 0, ready: false, image: 'hello:1', imageID: '', state }];
  const [pod] = world.pods;
  const { uid = '', namespace = '', name = '' } = pod?.metadata ?? {};
  const status = { phase: 'Failed', containerStatuses: statuses };
  await world.fleet.report(uid, { namespace, name, sequence: 1, status }, 'pi-1');
  await world.pass(5_000);
  assert.equal(world.pods.length, 1, 'not at once');
  await world.pass(10_000);
  assert.equal(world.pods.length, 2);
});

test('a Job ends and goes in its time, though the controller’s clock is put back by a year', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('jobs', job({ activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 60 }));
  await world.settle('Running');
  world.fleet.host.jumpWallClock(-yearMs);
  await world.pass(125_000);
  await world.settle();
  const work = world.get('jobs', 'work') as JobObject;
  assert.deepEqual(work.status?.conditions?.map(({ reason }) => reason).at(-1), 'DeadlineExceeded');
  world.fleet.host.jumpWallClock(-yearMs);
  await world.pass(125_000);
  assert.equal(world.get('jobs', 'work'), undefined);
});
