import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test, { afterEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { unseal } from '@bramble/protocol/sealing.ts';
import { birthOf, FleetWorld, podNamed, publicText, storeId } from './testing/fleet-world.ts';

let world: FleetWorld;
let failures = 0;
afterEach(() => {
  const meant = failures;
  failures = 0;
  world.finish(meant);
});

const onBoard = { nodeName: 'pi-1' };

test('a birth registers the Node; who had a board is told once, and orders follow', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { labels: { zone: 'attic' } });
  const node = world.node();
  assert.equal(world.readiness(), 'True');
  assert.equal(node?.metadata.labels?.['zone'], 'attic');
  assert.equal(node?.metadata.labels?.['kubernetes.io/arch'], 'arm64');
  const [first] = world.manifests();
  assert.deepEqual(first?.objects, {});
  assert.equal(first?.fence.storeId, storeId);
  assert.deepEqual(first?.podCIDRs, (node?.['spec'] as { podCIDRs?: string[] } | undefined)?.podCIDRs);
  assert.equal(world.events('NodeReady').length, 1);
  const { revision } = world.store;
  await world.birth();
  assert.equal(world.store.revision, revision, 'the same birth again writes nothing');
});

test('a board cannot pass itself off as what it is not, and people outrank it (G7)', async () => {
  world = await FleetWorld.start();
  await world.join('pi-1', { labels: { zone: 'by-token' } });
  const labels = {
    'node-role.kubernetes.io/control-plane': '',
    'topology.kubernetes.io/zone': 'a',
    'kubernetes.io/arch': 'riscv64',
    'not a label': 'x',
    zone: 'by-board',
    free: 'x',
  };
  await world.birth('pi-1', { labels });
  const node = world.node() as KubeObject;
  assert.deepEqual(node.metadata.labels, {
    'kubernetes.io/arch': 'arm64',
    'kubernetes.io/hostname': 'pi-1',
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': 'a',
    zone: 'by-token',
    free: 'x',
  });
  const own = { ...node.metadata, labels: { ...node.metadata.labels, zone: 'mine' } };
  await world.put({ ...node, metadata: own, spec: { ...(node['spec'] as object), unschedulable: true } });
  await world.birth('pi-1', { labels, boot: 2 });
  assert.equal(world.node()?.metadata.labels?.['zone'], 'mine');
  const spec = world.node()?.['spec'] as { unschedulable?: boolean } | undefined;
  assert.equal(spec?.unschedulable, true);
});

test('a late will of an older boot is ignored; that of the present one counts', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { boot: 2 });
  await world.death('pi-1', 1);
  assert.equal(world.readiness(), 'True');
  await world.death('pi-1', 2);
  assert.equal(world.readiness(), 'Unknown');
  assert.equal(world.events('NodeNotReady').length, 1);
  await world.birth('pi-1', { boot: 1 });
  assert.equal(world.readiness(), 'Unknown', 'a birth of an older boot is ignored, too');
  await world.birth('pi-1', { boot: 3 });
  assert.equal(world.readiness(), 'True');
});

test('a death that is overtaken by metrics of the next boot is no news; silence still is', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { boot: 1 });
  await world.metrics('pi-1', { boot: 2 });
  await world.death('pi-1', 1);
  assert.equal(world.readiness(), 'True');
  await world.birth('pi-1', { boot: 2 });
  await world.death('pi-1', 2);
  assert.equal(world.readiness(), 'Unknown', 'its own death counts');
  await world.birth('pi-1', { boot: 3 });
  await world.metrics('pi-1', { boot: 5 });
  await world.death('pi-1', 3);
  assert.equal(world.readiness(), 'True');
  await world.birth('pi-1', { boot: 4 });
  await world.death('pi-1', 4);
  assert.equal(world.readiness(), 'True', 'nor is that of one between the two');
  await world.elapse(3_600_000);
  assert.equal(world.readiness(), 'Unknown', 'its next birth never came');
});

test('birth and death that cross the registration end as the newest says', async () => {
  world = await FleetWorld.start({ syncMs: 40 });
  await world.join();
  world.broker.say('bramble/v1/nodes/pi-1/session', birthOf());
  world.broker.say('bramble/v1/nodes/pi-1/session', { alive: false, boot: 1 });
  await world.elapse(2_000);
  assert.equal(world.readiness(), 'Unknown');
  world.broker.say('bramble/v1/nodes/pi-1/session', { alive: false, boot: 1 });
  world.broker.say('bramble/v1/nodes/pi-1/session', birthOf());
  await world.elapse(2_000);
  assert.equal(world.readiness(), 'True');
});

test('G6: while the controller has no link no board is lost, from the start on', async () => {
  world = await FleetWorld.start();
  await world.board();
  world.broker.accepts = false;
  world.broker.drop();
  await world.elapse(300_000);
  assert.equal(world.readiness(), 'True');
  await world.restart();
  await world.elapse(300_000);
  assert.equal(world.readiness(), 'True');
  world.broker.accepts = true;
  await world.elapse(40_000);
  assert.equal(world.readiness(), 'True', 'a full silence is granted from the link on');
  await world.elapse(15_000);
  assert.equal(world.readiness(), 'Unknown');
});

test('what a broker kept does not bring a lost board back', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.death();
  await world.birth('pi-1', {}, true);
  assert.equal(world.readiness(), 'Unknown');
  await world.metrics();
  assert.equal(world.readiness(), 'True');
});

test('a Node that somebody deletes comes back at once while its board lives, else with the board', async () => {
  world = await FleetWorld.start();
  await world.board();
  const before = world.node();
  await world.remove('/registry/nodes/pi-1');
  assert.equal(world.readiness(), 'True');
  assert.notEqual(world.node()?.metadata.uid, before?.metadata.uid);
  assert.deepEqual(world.node()?.['spec'], before?.['spec'], 'with the addresses that its pods have');
  await world.death();
  await world.remove('/registry/nodes/pi-1');
  await world.elapse(60_000);
  assert.equal(world.node(), undefined);
  await world.metrics();
  assert.equal(world.readiness(), 'True');
});

test('a label that is set while the board registers is kept', async () => {
  world = await FleetWorld.start({ syncMs: 10 });
  await world.board();
  const node = world.node() as KubeObject;
  const labelled = {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, by: 'hand' } },
  };
  const writing = world.store.commit({
    conditions: [],
    writes: [{ type: 'put', key: '/registry/nodes/pi-1', object: labelled }],
  });
  await world.death();
  await world.elapse(100);
  await writing;
  assert.equal(world.readiness(), 'Unknown');
  assert.equal(world.node()?.metadata.labels?.['by'], 'hand');
});

test('after a birth only what differs is sent, then the manifest', async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a', onBoard), podNamed('b', onBoard));
  await world.board();
  assert.equal(world.objects().length, 2);
  const { objects: held = {} } = world.manifests().at(-1) ?? {};
  world.broker.published = [];
  await world.birth('pi-1', { boot: 2, held: { 'pods/uid-a': held['pods/uid-a'] ?? '' } });
  assert.deepEqual(
    world.objects().map(({ object }) => (object['metadata'] as { name: string }).name),
    ['b'],
  );
  assert.deepEqual(world.manifests().at(-1)?.objects, held);
  assert.deepEqual(world.manifests().at(-1)?.answers, { boot: 2, bootId: 'b' });
});

test('a manifest is repeated until metrics show it, and then no more', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.elapse(5_000);
  await world.metrics();
  assert.equal(world.manifests().length, 2);
  await world.elapse(5_000);
  await world.metrics('pi-1', { manifest: world.manifests().at(-1)?.fence ?? { epoch: 0, sequence: 0 } });
  await world.elapse(5_000);
  await world.metrics('pi-1', { manifest: world.manifests().at(-1)?.fence ?? { epoch: 0, sequence: 0 } });
  assert.equal(world.manifests().length, 2);
});

test('a manifest that no metrics follow is repeated ever more rarely, and not to a board that is lost', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.elapse(9_000);
  assert.equal(world.manifests().length, 1);
  await world.elapse(2_000);
  assert.equal(world.manifests().length, 2);
  await world.elapse(60_000);
  assert.equal(world.manifests().length, 4, 'after 10, 30 and 70 seconds');
  await world.death();
  await world.elapse(600_000);
  assert.equal(world.manifests().length, 4);
});

test('changes are gathered into one manifest, and steady ones do not put it off', async () => {
  world = await FleetWorld.start();
  await world.board();
  world.broker.published = [];
  const put = (name: string): Promise<unknown> =>
    world.store.commit({
      conditions: [],
      writes: [{ type: 'put', key: `/registry/pods/default/${name}`, object: podNamed(name, onBoard) }],
    });
  await world.settled(Promise.all(['a', 'b', 'c'].map(put)));
  await world.elapse(50);
  assert.equal(world.manifests().length, 1);
  assert.equal(Object.keys(world.manifests()[0]?.objects ?? {}).length, 3);
  const writes: Promise<unknown>[] = [];
  for (let index = 0; index < 50; index += 1) {
    writes.push(put(`q${index}`));
    await world.elapse(2);
  }
  assert.ok(world.manifests().length > 5, `${world.manifests().length} manifests in 100 ms`);
  await world.elapse(50);
  await Promise.all(writes);
  assert.equal(Object.keys(world.manifests().at(-1)?.objects ?? {}).length, 53);
});

test('another machine under the same name begins with its own boots, and lower orders would be refused', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { boot: 57 });
  const { sequence = 0 } = world.manifests().at(-1)?.fence ?? {};
  const sealingKey = publicText(generateKeyPairSync('x25519').publicKey);
  await world.join('pi-1', { sealingKey });
  await world.birth('pi-1', { boot: 1 });
  assert.ok((world.manifests().at(-1)?.fence.sequence ?? 0) > sequence);
});

test('G5: a session that starts anew orders what it did before, not an empty board', async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a', onBoard));
  await world.board();
  const before = world.manifests().at(-1);
  world.broker.published = [];
  failures = 1;
  world.breaksNextOrder = true;
  await world.put(podNamed('b', onBoard));
  await world.elapse(1_000);
  const names = Object.keys(world.manifests().at(-1)?.objects ?? {});
  assert.deepEqual(names, ['pods/uid-a', 'pods/uid-b'], 'without another birth');
  for (const { fence, objects } of world.manifests()) {
    assert.ok(fence.sequence > (before?.fence.sequence ?? 0));
    assert.equal(objects['pods/uid-a'], before?.objects['pods/uid-a']);
  }
  await world.report('uid-a');
  assert.equal((world.pod('a')?.['status'] as { phase: string } | undefined)?.phase, 'Running');
});

test('a new certificate does not interrupt the conversation', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.join('pi-1', { certificateSerial: '02' });
  await world.put(podNamed('a', onBoard));
  assert.deepEqual(Object.keys(world.manifests().at(-1)?.objects ?? {}), ['pods/uid-a']);
});

test('G7: Secrets travel sealed to the board, and in clear nowhere', async () => {
  world = await FleetWorld.start();
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default', uid: 'uid-s' },
  };
  const password = Buffer.from('correct horse').toString('base64');
  await world.put({ ...secret, data: { password } });
  await world.put(podNamed('a', { ...onBoard, volumes: [{ name: 'v', secret: { secretName: 's' } }] }));
  await world.board();
  assert.ok(!world.said().includes(password));
  const order = world.objects().find(({ object }) => object['kind'] === 'Secret');
  assert.equal(order?.object['data'], undefined);
  const plain = unseal(world.sealing.privateKey, `uid-s/${order?.digest}`, order?.sealed ?? '');
  assert.deepEqual(JSON.parse(Buffer.from(plain ?? []).toString()), { password });
});

test('what was sent on a link that broke is sent again on the next', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(podNamed('a', onBoard));
  assert.equal(world.objects().length, 1);
  world.broker.drop();
  world.broker.published = [];
  await world.elapse(1_000);
  assert.equal(world.objects().length, 1);
  const seen = world.manifests().at(-1)?.fence ?? { epoch: 0, sequence: 0 };
  await world.metrics('pi-1', { manifest: seen });
  world.broker.drop();
  world.broker.published = [];
  await world.elapse(1_000);
  assert.equal(world.objects().length, 0, 'the board has shown that it has it');
});

test('many objects go out in several turns, the manifest last', async () => {
  world = await FleetWorld.start();
  for (let index = 0; index < 60; index += 1) await world.put(podNamed(`p${index}`, onBoard));
  await world.board();
  const topics = world.broker.published
    .map(({ topic }) => topic)
    .filter((topic) => topic.includes('/nodes/pi-1/'));
  assert.equal(topics.filter((topic) => topic.includes('/objects/')).length, 60);
  assert.deepEqual(topics.slice(60), ['bramble/v1/nodes/pi-1/manifest']);
});
