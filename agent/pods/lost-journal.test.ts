import assert from 'node:assert/strict';
import test from 'node:test';
import { topics } from '@bramble/protocol/topics.ts';
import { podObject } from './testing/objects.ts';
import { node, Rig, storeB } from './testing/rig.ts';

const [first, second, third, fourth] = ['a', 'b', 'c', 'd'].map((name) => podObject(name));
type Wanted = readonly (ReturnType<typeof podObject> | undefined)[];

async function want(rig: Rig, ...pods: Wanted): Promise<void> {
  rig.want(...pods.filter((pod) => pod !== undefined).map((pod) => ['pods', pod] as const));
  await rig.host.elapse(1_000);
}

async function rigWith(...pods: Wanted): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  await want(rig, ...pods);
  return rig;
}

const addresses = (rig: Rig): Record<string, readonly string[]> => Object.fromEntries(rig.world.networks);

test('pods that run keep their addresses, whatever order they are named in, and no other pod gets one', async () => {
  const rig = await rigWith(first, second, third);
  assert.deepEqual(addresses(rig)['uid-c'], ['10.42.1.4']);
  await rig.restartWithoutJournal();
  rig.world.effects.length = 0;
  await want(rig, fourth, third, second, first);
  assert.deepEqual(addresses(rig), {
    'uid-a': ['10.42.1.2'],
    'uid-b': ['10.42.1.3'],
    'uid-c': ['10.42.1.4'],
    'uid-d': ['10.42.1.5'],
  });
  assert.deepEqual(rig.lastReport('c').status['podIP'], '10.42.1.4');
  assert.ok(!rig.world.effects.some((effect) => effect.startsWith('stop')), 'and nothing was restarted');
});

test('the address of a pod that another store ordered is given to nobody while it runs', async () => {
  const rig = await rigWith(first);
  await rig.restartWithoutJournal();
  rig.storeId = storeB;
  await want(rig, second);
  assert.deepEqual(addresses(rig), { 'uid-a': ['10.42.1.2'], 'uid-b': ['10.42.1.3'] });
});

test('an address that is none of the board’s any more is not kept', async () => {
  const rig = await rigWith(first);
  await rig.restartWithoutJournal();
  rig.cidrs = ['10.42.7.0/24'];
  await want(rig, first);
  assert.deepEqual(addresses(rig), { 'uid-a': ['10.42.7.2'] });
});

test('of two namespaces with one address only one pod keeps it', async () => {
  const rig = await rigWith(first, second);
  rig.world.networks.set('uid-b', ['10.42.1.2']);
  await rig.restartWithoutJournal();
  await want(rig, second, first);
  assert.deepEqual(addresses(rig), { 'uid-b': ['10.42.1.2'], 'uid-a': ['10.42.1.3'] });
});

test('while it cannot be told what addresses there are, none is given; then they are', async () => {
  const rig = await rigWith(first);
  rig.loseJournal();
  rig.world.networksAreHidden = true;
  rig.boot();
  await rig.host.elapse(1_000);
  await want(rig, second, first);
  assert.deepEqual(addresses(rig), { 'uid-a': ['10.42.1.2'] });
  rig.world.networksAreHidden = false;
  await rig.host.elapse(40_000);
  assert.deepEqual(addresses(rig), { 'uid-a': ['10.42.1.2'], 'uid-b': ['10.42.1.3'] });
  assert.deepEqual(rig.world.runningNames(), ['a/web', 'b/web']);
});

// Found by seed 10575 of the simulation.
test('a pod that runs keeps its address, also where a damaged journal has brought back who had it before', async () => {
  const rig = await rigWith(first);
  const record = rig.world.journal.get('pods/uid-a');
  await want(rig);
  await rig.host.elapse(40_000);
  rig.ackAll();
  await want(rig, second);
  assert.deepEqual(addresses(rig), { 'uid-b': ['10.42.1.2'] });
  rig.kill();
  rig.world.journal.set('pods/uid-a', record);
  rig.world.journal.delete('pods/uid-b');
  rig.world.journalIsDamaged = true;
  rig.boot();
  await rig.host.elapse(1_000);
  await want(rig, second);
  assert.deepEqual(addresses(rig)['uid-b'], ['10.42.1.2']);
  assert.equal(rig.lastReport('b').status['podIP'], '10.42.1.2');
});

test('an address is free again when what it belonged to is gone', async () => {
  const rig = await rigWith(first, second);
  await rig.restartWithoutJournal();
  await want(rig, second);
  await rig.host.elapse(40_000);
  rig.ackAll();
  rig.cidrs = ['10.42.1.0/30'];
  await want(rig, third);
  assert.deepEqual(addresses(rig)['uid-c'], ['10.42.1.2']);
});

test('a pod that runs is not turned away for want of room because nobody could see that it runs', async () => {
  const large = { name: 'web', image: 'localhost/web:1', resources: { requests: { cpu: '3' } } };
  const [runs, comes] = ['runs', 'comes'].map((name) => podObject(name, { containers: [large] }));
  const rig = await rigWith(runs);
  rig.loseJournal();
  rig.world.containersAreHidden = true;
  rig.boot();
  await rig.host.elapse(1_000);
  await want(rig, comes, runs);
  rig.world.containersAreHidden = false;
  await rig.host.elapse(40_000);
  assert.deepEqual(rig.world.runningNames(), ['runs/web']);
  assert.equal(rig.lastReport('runs').status['phase'], 'Running');
  assert.equal(rig.lastReport('comes').status['reason'], 'OutOfcpu');
});

// Found by seed 5143 of the simulation.
test('an old manifest said again ends nothing, though the board cannot know any more that it is old', async () => {
  const rig = await rigWith(first);
  const old = rig.manifestOf([['pods', podObject('a')]]);
  await want(rig, first, second);
  await rig.restartWithoutJournal();
  rig.world.effects.length = 0;
  rig.order(topics.manifest(node), old);
  await rig.host.elapse(60_000);
  assert.ok(!rig.world.effects.some((effect) => effect.startsWith('stop')));
  await want(rig, second);
  await rig.host.elapse(60_000);
  assert.deepEqual(Object.keys(addresses(rig)), ['uid-b'], 'what answers this start is obeyed');
});

// Found by seed 13706 of the simulation.
test('an address that could not be given before the power went is given at the next start, with nobody there to order it', async () => {
  const rig = new Rig();
  rig.world.networksAreHidden = true;
  rig.boot();
  await rig.host.elapse(1_000);
  await want(rig, first);
  assert.deepEqual(rig.world.runningNames(), []);
  rig.kill();
  rig.world.networksAreHidden = false;
  rig.boot();
  await rig.host.elapse(40_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});
