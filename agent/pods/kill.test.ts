import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Death } from './testing/life.ts';
import { configMap, podObject } from './testing/objects.ts';
import { Rig } from './testing/rig.ts';

const settings = configMap('settings', { color: 'red' });
const podA = podObject('a', {
  containers: [
    { name: 'web', image: 'localhost/web:1', imagePullPolicy: 'IfNotPresent' },
    {
      name: 'side',
      image: 'localhost/side:1',
      env: [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
    },
  ],
});
const podB = podObject('b');

/** Arrival of two pods, a crash of a container, the end of one pod: and a kill somewhere on the way. */
async function story(rig: Rig, death: Death | undefined): Promise<void> {
  rig.boot(death);
  await rig.host.elapse(100);
  const all = [
    ['configmaps', settings],
    ['pods', podA],
    ['pods', podB],
  ] as const;
  rig.want(...all);
  await rig.host.elapse(2_000);
  await reviveIfDead(rig);
  rig.want(...all);
  await rig.host.elapse(5_000);
  await reviveIfDead(rig);
  const crashing = rig.world.running().find(({ spec }) => spec.name.includes('_side_'));
  if (crashing) rig.world.exit(crashing.id, 1);
  await rig.host.elapse(5_000);
  await reviveIfDead(rig);
  rig.want(['configmaps', settings], ['pods', podA]);
  await rig.host.elapse(60_000);
  rig.ackAll();
  await rig.host.elapse(1_000);
  await reviveIfDead(rig);
  rig.want(['configmaps', settings], ['pods', podA]);
  await rig.host.elapse(60_000);
  rig.ackAll();
  await rig.host.elapse(1_000);
  await reviveIfDead(rig);
}

async function reviveIfDead(rig: Rig): Promise<void> {
  if (!rig.life?.dead) return;
  rig.kill();
  rig.boot();
  await rig.host.elapse(2_000);
}

function assertConverged(rig: Rig, what: string): void {
  assert.deepEqual(rig.crashes, [], what);
  assert.deepEqual(rig.world.runningNames(), ['a/side', 'a/web'], what);
  assert.deepEqual([...rig.world.networks.keys()], ['uid-a'], what);
  assert.deepEqual([...rig.world.volumes.keys()], ['uid-a'], what);
  const names = [...rig.world.containers.values()].map(({ spec }) => spec.name);
  assert.ok(!names.some((name) => name.includes('uid-b')), `${what}: ${names.join(' ')}`);
  assert.ok(!rig.world.journal.has('pods/uid-b'), `${what}: the acknowledged tombstone is still there`);
  const web = rig.world.running().find(({ spec }) => spec.name.includes('_web_'));
  assert.equal(web?.spec.labels['bramble.dev/attempt'], '0', `${what}: a healthy container was replaced`);
}

test('kill -9 between any two effects, then a restart: the same pods and no second copy', async () => {
  const whole = new Rig();
  await story(whole, undefined);
  assertConverged(whole, 'without a kill');
  const effects = whole.life?.effects ?? 0;
  assert.ok(effects > 20, `the story has ${effects} effects`);
  for (let after = 0; after < effects; after += 1) {
    for (const moment of ['before', 'after'] as const) {
      const rig = new Rig();
      await story(rig, { after, moment });
      const what = `killed ${moment} effect ${after} (${whole.world.effects[after]})`;
      assert.equal(rig.world.boots, 2, `${what}: the agent was started again`);
      assertConverged(rig, what);
    }
  }
});

test('whatever step fails, or works and loses its answer: the same pods and no second copy', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 9 })), async (dice) => {
      const rig = new Rig();
      const life = rig.boot();
      life.trouble = () => {
        const thrown = Number(dice.next().value);
        if (thrown < 2) return 'refused';
        return thrown < 4 ? 'answer-lost' : 'none';
      };
      await rig.host.elapse(100);
      const all = [
        ['configmaps', settings],
        ['pods', podA],
        ['pods', podB],
      ] as const;
      rig.want(...all);
      await rig.host.elapse(60_000);
      rig.want(['configmaps', settings], ['pods', podA]);
      await rig.host.elapse(60_000);
      life.trouble = () => 'none';
      await rig.host.elapse(120_000);
      rig.ackAll();
      await rig.host.elapse(1_000);
      assertConverged(rig, 'after the trouble');
    }),
    { numRuns: 60 },
  );
});
