import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { digestOf } from '@bramble/protocol/digest.ts';
import { metrics, nodeSession } from '@bramble/protocol/messages/session.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { newStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { configMap, podObject } from '../pods/testing/objects.ts';
import { node, Rig, storeA, storeB } from '../pods/testing/rig.ts';
import { linked, session } from './testing/linked.ts';

const pod = podObject('a');

test('the will is the death of this boot and this machine, retained', async () => {
  const rig = await linked();
  const { will, clientId, filters } = rig.link.options;
  assert.equal(will?.topic, topics.nodeSession(node));
  assert.equal(will?.retain, true);
  const death = { alive: false, boot: 1, marks: ['joined-as'] };
  assert.deepEqual(JSON.parse(Buffer.from(will?.payload ?? []).toString()), death);
  assert.equal(clientId, node);
  assert.ok(filters.includes(topics.manifest(node)));
});

test('the first thing said is the birth, which is retained and has the form of the protocol', async () => {
  const rig = await linked();
  const [first] = rig.link.published;
  assert.equal(first?.topic, topics.nodeSession(node));
  assert.deepEqual([first?.qos, first?.retain], [1, true]);
  const birth = nodeSession.parse(JSON.parse(String(first?.payload)));
  assert.ok(birth.alive);
  assert.equal(birth.boot, 1);
  assert.deepEqual(birth.capacity, {
    cpu: '4',
    memory: '4194304Ki',
    'ephemeral-storage': '1048576Ki',
    pods: '110',
  });
  assert.equal(birth.allocatable['cpu'], '3800m');
  assert.equal(birth.labels['kubernetes.io/arch'], 'arm64');
  assert.deepEqual(birth.bound, { storeId: storeA, epoch: 0, sequence: 0 });
});

test('a birth names what is held, and the manifest last applied', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(500);
  rig.link.emit({ type: 'closed', reason: 'test' });
  await rig.host.elapse(2_000);
  const birth = rig.births().at(-1);
  assert.deepEqual(birth?.held, { 'pods/uid-a': digestOf('pods', pod) });
  assert.deepEqual(birth?.bound, { storeId: storeA, epoch: 1, sequence: 1 });
});

test('a board dials with its own keepalive, says so at birth, and how it is twice in that time until it is answered', async () => {
  const rig = new Rig();
  rig.config = { ...rig.config, keepaliveSeconds: 10 };
  rig.boot();
  await rig.host.elapse(200);
  session(rig, storeA, 1);
  assert.equal(rig.link.options.keepaliveSeconds, 10);
  assert.equal(rig.births().at(-1)?.keepaliveSeconds, 10);
  const said = (): unknown[] =>
    rig.link.published
      .filter(({ topic }) => topic === topics.metrics(node))
      .map(({ payload }) => metrics.parse(JSON.parse(String(payload))).intervalSeconds);
  await rig.host.elapse(3_000);
  assert.deepEqual(said(), [5], 'a moment after its birth');
  await rig.host.elapse(20_000);
  assert.deepEqual(said(), [5, 5, 5, 5, 5]);
  rig.want(['pods', pod]);
  await rig.host.elapse(1_500);
  assert.deepEqual(said().slice(5), [300], 'it shows the manifest, and is quiet');
  await rig.host.elapse(290_000);
  assert.equal(said().length, 6);
  await rig.host.elapse(20_000);
  assert.deepEqual(said().slice(6), [300]);
});

test('redialling backs off with jitter, and begins anew after a connection that lasted', async () => {
  const rig = new Rig();
  rig.autoConnect = false;
  rig.boot();
  await rig.host.elapse(100);
  const gaps: number[] = [];
  for (let failure = 0; failure < 12; failure += 1) {
    const count = rig.connections.length;
    const at = rig.host.monotonic();
    rig.link.emit({ type: 'closed', reason: 'refused' });
    while (rig.connections.length === count) await rig.host.elapse(10);
    gaps.push(rig.host.monotonic() - at);
  }
  for (const [index, gap] of gaps.entries()) {
    const full = Math.min(30_000, 500 * 2 ** index);
    assert.ok(gap >= full / 2 && gap <= full + 20, `the wait after failure ${index + 1} is ${gap} ms`);
  }
  rig.link.emit({ type: 'connected' });
  await rig.host.elapse(11_000);
  rig.link.emit({ type: 'closed', reason: 'gone' });
  const count = rig.connections.length;
  await rig.host.elapse(520);
  assert.equal(rig.connections.length, count + 1);
});

test('a report is repeated until it is acknowledged, and then no more', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  const said = (): number => rig.reports('a').length;
  const before = said();
  await rig.host.elapse(26_000);
  const repeats = said() - before;
  assert.ok(repeats === 2, `${repeats} repeats in 26 s`);
  rig.ackAll();
  await rig.host.elapse(60_000);
  assert.equal(said() - before, repeats);
});

test('an acknowledgement of an older report, or of another boot, does not count', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  const { sequence } = rig.lastReport('a');
  const topic = topics.acks(node);
  rig.order(topic, { fence: rig.fence(), boot: 1, reports: { 'uid-a': sequence - 1 } });
  rig.order(topic, { fence: rig.fence(), boot: 2, reports: { 'uid-a': sequence } });
  const before = rig.reports('a').length;
  await rig.host.elapse(15_000);
  assert.ok(rig.reports('a').length > before);
});

test('another store has nothing on its disk that would acknowledge a report', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  const { sequence } = rig.lastReport('a');
  const acks = { fence: { storeId: storeB, epoch: 9, sequence: 1 }, boot: 1, reports: { 'uid-a': sequence } };
  rig.order(topics.acks(node), acks);
  const before = rig.reports('a').length;
  await rig.host.elapse(15_000);
  assert.ok(rig.reports('a').length > before, 'it is repeated');
  assert.ok(rig.host.logs.some(({ fields }) => fields?.['code'] === 'foreign store'));
});

test('what was not acknowledged is said again on the next connection, after the birth', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(500);
  rig.link.emit({ type: 'closed', reason: 'test' });
  await rig.host.elapse(3_000);
  const kinds = rig.link.published.map(({ topic }) => topic.split('/').slice(4, 5)[0]);
  assert.equal(kinds[0], 'session');
  assert.equal(rig.reports('a').length, 1);
});

test('a new epoch of the controller is answered by a birth, some time within five seconds', async () => {
  const rig = await linked();
  session(rig, storeA, 1);
  await rig.host.elapse(10_000);
  assert.equal(rig.births().length, 1, 'the epoch that was met is no news');
  session(rig, storeA, 2);
  await rig.host.elapse(5_100);
  assert.equal(rig.births().length, 2);
});

test('a controller that was started anew is told of pods that no store has claimed, though nobody acknowledges them', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  rig.ackAll();
  rig.order(topics.manifest(node), {
    fence: { storeId: storeB, epoch: 1, sequence: 1 },
    answers: rig.answers,
    objects: {},
    podCIDRs: [],
  });
  session(rig, storeB, 1);
  await rig.host.elapse(20_000);
  assert.equal(rig.lastReport('a').unclaimed, true);
  const before = rig.reports('a').length;
  await rig.host.elapse(30_000);
  assert.equal(rig.reports('a').length, before, 'it is said rarely');
  session(rig, storeB, 2);
  await rig.host.elapse(5_100);
  assert.equal(rig.reports('a').length, before + 1);
});

// Found by seed 819 of the simulation.
test('the death of a connection that the controller had before is no news', async () => {
  const rig = await linked();
  const say = (fact: object): void =>
    void rig.deliver(
      topics.controllerSession(),
      Buffer.from(JSON.stringify({ storeId: storeA, ...fact })),
      false,
    );
  say({ epoch: 2, connection: 9, alive: true });
  await rig.host.elapse(20_000);
  const metricsAMinute = async (): Promise<number> => {
    const before = rig.metrics().length;
    await rig.host.elapse(60_000);
    return rig.metrics().length - before;
  };
  assert.ok((await metricsAMinute()) >= 4, 'nobody has answered yet');
  say({ epoch: 2, connection: 8, alive: false });
  say({ epoch: 1, connection: 10, alive: false });
  assert.ok((await metricsAMinute()) >= 4);
  say({ epoch: 2, connection: 9, alive: false });
  await rig.host.elapse(20_000);
  assert.equal(await metricsAMinute(), 0, 'that of the present one is');
});

test('a controller that comes after the board, to a broker that has kept no birth, is told it', async () => {
  const rig = await linked();
  const payload = Buffer.from(JSON.stringify({ storeId: storeA, epoch: 1, alive: true }));
  const before = rig.births().length;
  rig.deliver(topics.controllerSession(), payload, false);
  await rig.host.elapse(5_500);
  assert.equal(rig.births().length, before + 1);
});

test('a manifest that names what does not come is answered by births, ever more rarely', async () => {
  const rig = await linked();
  rig.sendManifest([['pods', pod]]);
  await rig.host.elapse(6_000);
  assert.equal(rig.births().length, 2);
  await rig.host.elapse(300_000);
  const births = rig.births().length;
  assert.ok(births >= 5 && births <= 12, `${births} births`);
  assert.equal(rig.metrics().at(-1)?.manifest, undefined, 'it does not count as applied');
  rig.sendObject('pods', pod);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('a pod waits for the ConfigMap that is under way, and not for one that does not exist', async () => {
  const rig = await linked();
  const needy = podObject('b', {
    containers: [{ name: 'web', image: 'i:1', envFrom: [{ configMapRef: { name: 'cm', optional: true } }] }],
  });
  const cm = configMap('cm', { A: '1' });
  rig.sendObject('pods', needy);
  rig.sendManifest([
    ['pods', needy],
    ['configmaps', cm],
  ]);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.runningNames(), []);
  rig.sendObject('configmaps', cm);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.running()[0]?.spec.env, [{ name: 'A', value: '1' }]);
});

test('orders with a wrong signature, of an ended epoch, or older than the last change nothing', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  rig.epoch = 2;
  rig.sendManifest([['pods', pod]]);
  await rig.host.elapse(100);
  const manifest = (epoch: number, sequence: number): unknown => ({
    fence: { storeId: storeA, epoch, sequence },
    answers: rig.answers,
    objects: {},
    podCIDRs: [],
  });
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const topic = topics.manifest(node);
  const results = [
    rig.order(topic, manifest(3, 9), stranger),
    rig.order(topic, manifest(1, 99)),
    rig.order(topic, manifest(2, 1)),
    rig.deliver(topic, Buffer.from('{}')),
    rig.deliver(`bramble/v1/nodes/${node}/nonsense/x`, Buffer.from('x')),
  ];
  await rig.host.elapse(2_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  assert.deepEqual(
    results.map(({ done }) => done),
    [1, 1, 1, 1, 1],
    'each is done with exactly once',
  );
});

test('what is refused is counted, and logged ever more rarely', async () => {
  const rig = await linked();
  for (let forged = 0; forged < 1_000; forged += 1)
    rig.deliver(topics.manifest(node), Buffer.from(`forged ${forged}`));
  await rig.host.elapse(1_000);
  const logged = rig.host.logs.filter(({ message }) => message === 'a message is refused');
  assert.equal(logged.length, 10);
  assert.equal(logged.at(-1)?.fields?.['count'], 512);
});

test('an order is done with when it is on disk, and not before', async () => {
  const rig = await linked();
  const results = [rig.sendObject('pods', pod), rig.sendManifest([['pods', pod]])];
  assert.deepEqual(
    results.map(({ done }) => done),
    [0, 0],
  );
  await rig.host.elapse(100);
  assert.deepEqual(
    results.map(({ done }) => done),
    [1, 1],
  );
  assert.ok(rig.world.journal.has('objects/pods/uid-a'));
});

test('an agent that is stopped in order says that it dies, and leaves the pods running', async () => {
  const rig = await linked();
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  rig.system?.stop();
  assert.deepEqual(rig.sessions().at(-1), { alive: false, boot: 1, marks: ['joined-as'] });
  assert.equal(rig.link.closed, true);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('streams of another store are refused', async () => {
  const rig = await linked();
  const topic = topics.streamIn(node, 's1');
  const request = {
    type: 'logs',
    uid: 'u',
    container: 'c',
    follow: false,
    previous: false,
    timestamps: false,
  };
  const key = seal(rig.sealing.publicKey, streamKeyContext(topic, 1), newStreamKey());
  const open = { boot: 1, epoch: 1, number: 1, key, request };
  rig.order(topic, { ...open, storeId: storeB });
  await rig.host.elapse(100);
  const answers = (): number => rig.link.published.filter((each) => each.topic.endsWith('/out')).length;
  assert.equal(answers(), 0);
  rig.order(topic, { ...open, storeId: storeA });
  await rig.host.elapse(100);
  assert.equal(answers(), 1);
});
