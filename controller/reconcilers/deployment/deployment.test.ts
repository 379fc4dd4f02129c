import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { deployment, template, WorkloadWorld } from '../testing/workload-world.ts';
import { revisionAnnotation } from './annotations.ts';

let world: WorkloadWorld;
afterEach(() => world.fleet.finish());

const replicaSets = (): ReplicaSetObject[] => world.list<ReplicaSetObject>('replicasets');
const web = (): DeploymentObject => world.get('deployments', 'web') as DeploymentObject;
const sizes = (): Record<string, number> =>
  Object.fromEntries(
    replicaSets().map(({ spec }) => [spec.template?.spec?.containers[0]?.image, spec.replicas ?? -1]),
  );
const condition = (type: string) => web().status?.conditions?.find((one) => one.type === type);

test('a Deployment has its pods, and says so', async () => {
  world = await WorkloadWorld.start('pi-1', 'pi-2');
  await world.create('deployments', deployment());
  await world.settle();
  assert.equal(world.pods.length, 3);
  const { status } = web();
  assert.deepEqual(
    [status?.replicas, status?.updatedReplicas, status?.readyReplicas, status?.availableReplicas],
    [3, 3, 3, 3],
  );
  assert.deepEqual(
    [condition('Available')?.reason, condition('Progressing')?.reason],
    ['MinimumReplicasAvailable', 'NewReplicaSetAvailable'],
  );
  assert.equal(web().metadata.annotations?.[revisionAnnotation], '1');
  const { revision } = world.fleet.store;
  await world.pass(60_000);
  assert.equal(world.fleet.store.revision, revision, 'rest writes nothing');
});

test('a new template is rolled out, the old one kept for a rollback, and rolled back to', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment({ revisionHistoryLimit: 1 }));
  await world.settle();
  for (const image of ['hello:2', 'hello:3']) {
    await world.patch('deployments', 'web', { spec: { template: template(image) } });
    await world.settle();
  }
  assert.deepEqual(sizes(), { 'hello:2': 0, 'hello:3': 3 });
  await world.patch('deployments', 'web', { spec: { template: template('hello:2') } });
  await world.settle();
  assert.deepEqual(sizes(), { 'hello:2': 3, 'hello:3': 0 });
  assert.equal(web().metadata.annotations?.[revisionAnnotation], '4');
  assert.equal(world.pods.length, 3);
});

test('paused, nothing is rolled out, and it can still be scaled; resumed, it goes on', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment());
  await world.settle();
  await world.patch('deployments', 'web', { spec: { paused: true, template: template('hello:2') } });
  await world.settle();
  assert.equal(condition('Progressing')?.reason, 'DeploymentPaused');
  await world.patch('deployments', 'web', { spec: { replicas: 5 } });
  await world.settle();
  assert.deepEqual(sizes(), { 'hello:1': 5 });
  await world.patch('deployments', 'web', { spec: { paused: false } });
  await world.settle();
  assert.deepEqual(sizes(), { 'hello:1': 0, 'hello:2': 5 });
});

test('Recreate makes no new pod before the last old one has ended', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment({ strategy: { type: 'Recreate' } }));
  await world.settle();
  await world.patch('deployments', 'web', { spec: { template: template('hello:2') } });
  await world.fleet.elapse(1_000);
  assert.deepEqual(sizes(), { 'hello:1': 0 });
  assert.equal(world.pods.length, 3);
  await world.settle();
  assert.deepEqual(sizes(), { 'hello:1': 0, 'hello:2': 3 });
});

test('a rollout that gets nowhere says so when its time is over, and is undone', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment({ progressDeadlineSeconds: 60 }));
  await world.settle();
  await world.patch('deployments', 'web', { spec: { template: template('broken:1') } });
  // The new pods are bound, and never get ready.
  await world.pass(120_000);
  assert.deepEqual(
    [condition('Progressing')?.status, condition('Progressing')?.reason],
    ['False', 'ProgressDeadlineExceeded'],
  );
  assert.deepEqual(sizes(), { 'hello:1': 3, 'broken:1': 1 });
  assert.equal(web().status?.availableReplicas, 3);
  await world.patch('deployments', 'web', { spec: { template: template('hello:1') } });
  await world.settle();
  assert.deepEqual(sizes(), { 'hello:1': 3, 'broken:1': 0 });
  assert.equal(condition('Progressing')?.reason, 'NewReplicaSetAvailable');
});

test('scaled in the middle of a rollout, both versions grow', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment({ replicas: 8 }));
  await world.settle();
  await world.patch('deployments', 'web', { spec: { template: template('broken:1') } });
  await world.fleet.elapse(500);
  const before = sizes();
  await world.patch('deployments', 'web', { spec: { replicas: 16 } });
  await world.fleet.elapse(500);
  assert.ok((sizes()['hello:1'] ?? 0) > (before['hello:1'] ?? 0));
  assert.ok((sizes()['broken:1'] ?? 0) > (before['broken:1'] ?? 0));
  assert.equal((sizes()['hello:1'] ?? 0) + (sizes()['broken:1'] ?? 0), 20);
});

test('whenever the controller is killed, no pod is made twice', async () => {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment({ replicas: 10 }));
  for (let kill = 0; kill < 12; kill += 1) {
    await world.fleet.restart();
    await world.fleet.elapse(kill * 3);
    assert.ok(world.pods.length <= 10, `${world.pods.length} pods after ${kill} kills`);
  }
  await world.comeBack('pi-1');
  await world.settle();
  assert.equal(world.pods.length, 10);
  assert.equal(replicaSets().length, 1);
});

test('pods that match are adopted; one that is labelled otherwise is let go and replaced', async () => {
  world = await WorkloadWorld.start('pi-1');
  const hash = { 'pod-template-hash': 'x' };
  await world.create('deployments', deployment({ replicas: 2 }));
  await world.settle();
  const [first] = world.pods;
  assert.ok(first);
  await world.patch('pods', first.metadata.name, { metadata: { labels: { app: 'other', ...hash } } });
  await world.settle();
  assert.equal(world.pods.length, 3);
  const freed = world.pods.find(({ metadata }) => metadata.name === first.metadata.name);
  assert.equal(freed?.metadata.ownerReferences, undefined);
  await world.patch('pods', first.metadata.name, { metadata: { labels: first.metadata.labels } });
  await world.settle();
  assert.equal(world.pods.length, 2, 'taken in again, it is one too many');
});
