import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { NodeObject, PodObject } from '../../workloads/objects.ts';
import { isReady } from '../../workloads/pod-facts.ts';
import { deployment, WorkloadWorld } from '../testing/workload-world.ts';
import { doubtAfterMs } from './compute.ts';
import { hearingGraceMs } from './fleet-health.ts';

let world: WorkloadWorld;
afterEach(() => world.fleet.finish());

const minute = 60_000;
const on = (board: string): PodObject[] => world.pods.filter(({ spec }) => spec.nodeName === board);
const going = (pods: readonly PodObject[]): number =>
  pods.filter(({ metadata }) => metadata.deletionTimestamp).length;
const taints = (board: string): (string | undefined)[] =>
  ((world.fleet.node(board) as NodeObject | undefined)?.spec?.taints ?? []).map(({ effect }) => effect);

async function running(...boards: string[]): Promise<void> {
  world = await WorkloadWorld.start(...boards);
  await world.create('deployments', deployment({ replicas: boards.length * 2 }));
  await world.settle();
  await world.pass(hearingGraceMs + minute);
  for (const board of boards) assert.equal(on(board).length, 2);
}

test('a board that is lost keeps its pods for five minutes; then others take their place, and it is told to end them', async () => {
  await running('pi-1', 'pi-2', 'pi-3');
  const before = on('pi-1').map(({ metadata }) => metadata.uid);
  await world.silence('pi-1');
  await world.settle();
  assert.deepEqual(taints('pi-1'), ['NoSchedule', 'NoExecute']);
  assert.deepEqual(on('pi-1').map(isReady), [true, true], 'an agent may be back in a moment');
  await world.pass(doubtAfterMs);
  assert.deepEqual(on('pi-1').map(isReady), [false, false]);
  assert.ok([...on('pi-2'), ...on('pi-3')].every(isReady));
  await world.pass(4.5 * minute);
  assert.equal(going(on('pi-1')), 0);
  await world.pass(minute);
  await world.settle();
  assert.equal(going(on('pi-1')), 2, 'they stay until the board confirms, or a person forces it');
  assert.equal(on('pi-2').length + on('pi-3').length, 6);
  await world.pass(30 * minute);
  assert.deepEqual(
    on('pi-1').map(({ metadata }) => metadata.uid),
    before,
  );
  await world.comeBack('pi-1');
  await world.settle();
  assert.deepEqual([taints('pi-1'), on('pi-1').length, world.pods.length], [[], 0, 6]);
});

test('a long keepalive gives a board that is lost more time: by then others that one cause cut off would be missed too', async () => {
  await running('pi-1', 'pi-2', 'pi-3');
  await world.fleet.birth('pi-1', { keepaliveSeconds: 600 });
  await world.pass(30 * minute);
  await world.settle();
  await world.silence('pi-1');
  await world.settle();
  assert.deepEqual(taints('pi-1'), ['NoSchedule']);
  await world.pass(6 * minute);
  assert.deepEqual([taints('pi-1'), on('pi-1').map(isReady)], [['NoSchedule'], [true, true]]);
  await world.pass(minute);
  assert.deepEqual(
    [taints('pi-1'), on('pi-1').map(isReady)],
    [
      ['NoSchedule', 'NoExecute'],
      [false, false],
    ],
  );
  await world.pass(4 * minute);
  assert.equal(going(on('pi-1')), 0);
  await world.pass(minute);
  assert.equal(going(on('pi-1')), 2);
});

test('a board that comes back in time has lost nothing', async () => {
  await running('pi-1', 'pi-2', 'pi-3');
  await world.silence('pi-1');
  await world.pass(4 * minute);
  await world.comeBack('pi-1');
  await world.settle();
  assert.deepEqual(taints('pi-1'), []);
  assert.ok(world.pods.every(isReady));
  await world.silence('pi-1');
  await world.pass(4 * minute);
  assert.equal(going(world.pods), 0, 'its time began anew');
});

test('when most of the fleet falls silent together, nothing is evicted nor doubted', async () => {
  await running('pi-1', 'pi-2', 'pi-3');
  await world.fleet.elapse(10);
  for (const board of ['pi-1', 'pi-2', 'pi-3']) await world.silence(board);
  await world.pass(60 * minute);
  assert.equal(going(world.pods), 0);
  for (const board of ['pi-2', 'pi-3']) await world.comeBack(board);
  await world.settle();
  await world.pass(4 * minute);
  assert.equal(going(world.pods), 0, 'the silence of all uses up the time of none');
  await world.pass(2 * minute);
  assert.equal(going(on('pi-1')), 2, 'the one that stays away is lost after all');
});

test('a controller that was away itself holds nothing against its boards', async () => {
  await running('pi-1', 'pi-2', 'pi-3');
  await world.silence('pi-1');
  await world.pass(minute);
  world.fleet.stop();
  await world.fleet.elapse(60 * minute);
  await world.fleet.run();
  await world.pass(minute);
  assert.equal(going(world.pods), 0);
  for (const board of ['pi-1', 'pi-2', 'pi-3']) await world.comeBack(board);
  await world.pass(10 * minute);
  assert.equal(going(world.pods), 0);
  assert.ok(world.pods.every(isReady));
});

test('pods of a board whose Node was removed are removed, and run elsewhere', async () => {
  await running('pi-1', 'pi-2');
  await world.silence('pi-1');
  await world.fleet.remove('/registry/nodes/pi-1');
  await world.pass(2 * minute);
  await world.settle();
  assert.deepEqual([on('pi-1').length, on('pi-2').length], [0, 4]);
});
