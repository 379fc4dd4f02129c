import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { JobObject } from '../../workloads/objects.ts';
import { template, WorkloadWorld } from '../testing/workload-world.ts';

let world: WorkloadWorld;
afterEach(() => world.fleet.finish());

const work = (): JobObject => world.get('jobs', 'work') as JobObject;
const ended = (): string | undefined =>
  work().status?.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed')?.type;

function job(spec: object = {}): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work' },
    spec: { template: template('hello:1', { restartPolicy: 'Never' }), ...spec },
  };
}

test('a job runs until enough pods succeeded; then its pods may go', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('jobs', job({ completions: 5, parallelism: 2, ttlSecondsAfterFinished: 60 }));
  assert.equal(world.pods.length, 2);
  await world.settle('Succeeded');
  assert.deepEqual([work().status?.succeeded, world.pods.length, ended()], [5, 5, 'Complete']);
  assert.ok(world.pods.every(({ metadata }) => metadata.finalizers === undefined));
  await world.pass(61_000);
  await world.settle();
  assert.deepEqual([world.list('jobs').length, world.pods.length], [0, 0]);
});

test('pods that people delete are counted, whenever and whoever is killed meanwhile', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('jobs', job({ completions: 4, parallelism: 4 }));
  await world.work('Running');
  // They succeed while nobody looks, and are deleted before anybody counted them.
  const names = world.pods.map(({ metadata }) => metadata.name);
  await world.work('Succeeded');
  await world.fleet.restart();
  for (const name of names) await world.delete('pods', name);
  await world.comeBack('pi-1');
  await world.settle('Succeeded');
  assert.deepEqual([work().status?.succeeded, work().status?.failed, ended()], [4, undefined, 'Complete']);
  assert.equal(world.pods.length, 0, 'none was run again');
});

test('a job that fails too often ends; one that is deleted takes its pods along', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('jobs', job({ backoffLimit: 1 }));
  await world.settle('Failed');
  assert.equal(work().status?.failed, 1);
  await world.pass(30_000);
  await world.settle('Failed');
  assert.deepEqual([work().status?.failed, ended()], [2, 'Failed']);
  await world.delete('jobs', 'work');
  await world.settle();
  assert.equal(world.pods.length, 0);
});
