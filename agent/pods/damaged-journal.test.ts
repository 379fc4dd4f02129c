import assert from 'node:assert/strict';
import test from 'node:test';
import { podObject } from './testing/objects.ts';
import { Rig } from './testing/rig.ts';

const [older, newer] = [podObject('a'), podObject('b')];

/** Two pods run; of the manifest the last line is lost, so that the one before it, without the second pod, shows. */
async function restartedOnDamage(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  rig.want(['pods', older]);
  await rig.host.elapse(1_000);
  const manifest = rig.world.journal.get('manifest');
  rig.want(['pods', older], ['pods', newer]);
  await rig.host.elapse(1_000);
  rig.kill();
  rig.world.journal.set('manifest', manifest);
  rig.world.journalIsDamaged = true;
  rig.boot();
  await rig.host.elapse(1_000);
  return rig;
}

test('an older manifest that shows where the last one was lost ends no pod', async () => {
  const rig = await restartedOnDamage();
  rig.sendObject('pods', podObject('c'));
  await rig.host.elapse(40_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web', 'b/web']);
  assert.ok(!rig.world.journal.has('manifest'), 'nor at the next start');
});

test('the next manifest counts again, and one of an ended term does not', async () => {
  const rig = await restartedOnDamage();
  rig.epoch = 0;
  rig.sendManifest([]);
  await rig.host.elapse(5_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web', 'b/web']);
  rig.epoch = 2;
  rig.sendManifest([['pods', newer]]);
  await rig.host.elapse(40_000);
  assert.deepEqual(rig.world.runningNames(), ['b/web']);
});
