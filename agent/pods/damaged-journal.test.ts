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

// Found by seed 20508 of the simulation.
for (const power of ['stays', 'goes'])
  test(`a pod that was left out goes, and is not started once more, where the card has lost its end and the power ${power}`, async () => {
    const rig = new Rig();
    rig.boot();
    await rig.host.elapse(200);
    rig.want(['pods', older], ['pods', newer]);
    await rig.host.elapse(1_000);
    const record = rig.world.journal.get('pods/uid-a');
    rig.want(['pods', newer]);
    await rig.host.elapse(40_000);
    rig.kill();
    if (power === 'goes') rig.world.losePower();
    rig.world.effects.length = 0;
    rig.world.journal.set('pods/uid-a', record);
    rig.world.journalIsDamaged = true;
    rig.boot();
    await rig.host.elapse(5_000);
    const started = rig.world.effects.filter((effect) => effect.startsWith('start '));
    assert.ok(!started.some((effect) => effect.includes('a/web')), started.join('; '));
    assert.deepEqual(rig.world.runningNames(), ['b/web']);
    assert.equal(rig.lastReport('a').gone, true);
  });

for (const [lost, hidden] of [
  ['its end', true],
  ['its end and itself', true],
  ['its end and itself', false],
] as const)
  test(`no pod is turned away for one of which the card has lost ${lost}, where what runs is ${hidden ? 'hidden' : 'seen'}`, async () => {
    const large = { name: 'web', image: 'localhost/web:1', resources: { requests: { cpu: '3' } } };
    const job = podObject('a', { restartPolicy: 'Never', containers: [large] });
    const rig = new Rig();
    rig.boot();
    await rig.host.elapse(200);
    rig.want(['pods', job]);
    await rig.host.elapse(1_000);
    const record = rig.world.journal.get('pods/uid-a');
    for (const { id } of rig.world.running()) rig.world.exit(id, 0);
    await rig.host.elapse(1_000);
    rig.kill();
    rig.world.journal.set('pods/uid-a', record);
    if (lost !== 'its end') rig.world.journal.delete('objects/pods/uid-a');
    rig.world.journalIsDamaged = true;
    rig.world.containersAreHidden = hidden;
    rig.boot();
    await rig.host.elapse(1_000);
    const comes = podObject('comes', { containers: [large] });
    rig.want(['pods', { ...job, status: { phase: 'Succeeded' } }], ['pods', comes]);
    await rig.host.elapse(1_000);
    rig.world.containersAreHidden = false;
    await rig.host.elapse(40_000);
    assert.equal(rig.lastReport('a').status['phase'], 'Succeeded');
    assert.deepEqual(rig.world.runningNames(), ['comes/web']);
  });
