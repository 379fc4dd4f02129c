import assert from 'node:assert/strict';
import test from 'node:test';
import { parseTopic, topics } from '@bramble/protocol/topics.ts';
import fc from 'fast-check';
import { accessOf, type Identity, identityKey, mayPublish, mayRetain, maySubscribe } from './access.ts';
import { matches } from './filters.ts';

const name = fc.constantFrom('pi-1', 'pi-2', 'ada', 'bob');
const identity: fc.Arbitrary<Identity> = fc.oneof(
  fc.constant<Identity>({ type: 'controller' }),
  name.map((node): Identity => ({ type: 'node', node })),
  fc
    .tuple(name, fc.constantFrom('admin', 'edit', 'view'))
    .map(([user, role]): Identity => ({ type: 'user', name: user, role })),
);
const level = fc.oneof(
  name,
  fc.constantFrom(
    'nodes',
    'session',
    'metrics',
    'manifest',
    'objects',
    'status',
    'acks',
    'streams',
    'in',
    'out',
  ),
  fc.constantFrom('apply', 'delete', 'get', 'results', 'fleet', 'controller', 'pods', 'x', ''),
);
const wildLevel = fc.oneof(
  { weight: 4, arbitrary: level },
  { weight: 1, arbitrary: fc.constantFrom('+', '#') },
);
const under = (of: fc.Arbitrary<string>) =>
  fc.array(of, { minLength: 1, maxLength: 6 }).map((levels) => ['bramble', 'v1', ...levels].join('/'));

/** The rules in words of their own, to hold the implementation against. */
function ownedBy(who: Identity, topicName: string): boolean {
  const topic = parseTopic(topicName);
  if (who.type === 'controller') return topicName.startsWith('bramble/v1/');
  if (topic === undefined) return false;
  if (who.type === 'node')
    return (
      ['node-session', 'metrics', 'status', 'stream-out'].includes(topic.type) &&
      'node' in topic &&
      topic.node === who.node
    );
  return ['apply', 'delete', 'get'].includes(topic.type) && 'user' in topic && topic.user === who.name;
}

test('nobody publishes to what is not theirs', () => {
  fc.assert(
    fc.property(identity, under(level), (who, topicName) => {
      // A level may be empty by the rules of MQTT; such a topic has an owner, and no reader.
      fc.pre(parseTopic(topicName) !== undefined || (!topicName.includes('//') && !topicName.endsWith('/')));
      assert.equal(mayPublish(accessOf(who), topicName), ownedBy(who, topicName));
    }),
    { numRuns: 20_000 },
  );
});

test('whatever a granted filter matches, its owner may read', () => {
  const secrets: [string, (who: Identity) => boolean][] = ['pi-1', 'pi-2'].flatMap((node) => {
    const own = (who: Identity) => who.type === 'controller' || (who.type === 'node' && who.node === node);
    return [
      topics.manifest(node),
      topics.object(node, 'secrets', 'u'),
      topics.acks(node),
      topics.streamIn(node, 's'),
    ].map((topic): [string, (who: Identity) => boolean] => [topic, own]);
  });
  const private_: [string, (who: Identity) => boolean][] = ['ada', 'bob'].flatMap((user) => {
    const own = (who: Identity) => who.type === 'controller' || (who.type === 'user' && who.name === user);
    const controllerOnly = (who: Identity) => who.type === 'controller';
    return [
      [topics.results(user, '1'), own],
      [topics.apply(user, '1'), controllerOnly],
      [topics.delete(user, '1'), controllerOnly],
      [topics.get(user, '1'), controllerOnly],
    ] as [string, (who: Identity) => boolean][];
  });
  fc.assert(
    fc.property(identity, under(wildLevel), (who, filter) => {
      if (!maySubscribe(accessOf(who), filter)) return;
      for (const [topic, mayRead] of [...secrets, ...private_])
        if (matches(filter, topic))
          assert.ok(mayRead(who), `${identityKey(who)} reads ${topic} by ${filter}`);
    }),
    { numRuns: 20_000 },
  );
});

test('everyone can do what they are there for', () => {
  const node = accessOf({ type: 'node', node: 'pi-1' });
  for (const filter of [
    'controller/session',
    'nodes/pi-1/session',
    'nodes/pi-1/manifest',
    'nodes/pi-1/objects/+/+',
    'nodes/pi-1/acks',
    'nodes/pi-1/streams/+/in',
  ])
    assert.ok(maySubscribe(node, `bramble/v1/${filter}`), filter);
  assert.ok(mayRetain(node, topics.nodeSession('pi-1')));
  assert.ok(!mayRetain(node, topics.metrics('pi-1')));
  for (const filter of ['nodes/pi-2/session', 'nodes/+/session'])
    assert.ok(!maySubscribe(node, `bramble/v1/${filter}`), filter);
  for (const role of ['admin', 'edit', 'view'] as const) {
    const user = accessOf({ type: 'user', name: 'ada', role });
    for (const filter of [
      'results/ada/#',
      'fleet/#',
      'fleet/pods/default/+',
      'nodes/+/metrics',
      'controller/session',
    ])
      assert.ok(maySubscribe(user, `bramble/v1/${filter}`), filter);
    assert.ok(mayPublish(user, topics.apply('ada', '42')));
    assert.ok(!mayRetain(user, topics.apply('ada', '42')));
  }
});

test('what spans more than its owner is refused', () => {
  const user = accessOf({ type: 'user', name: 'ada', role: 'admin' });
  for (const filter of [
    '#',
    '+/#',
    'bramble/#',
    'bramble/v1/#',
    '$SYS/#',
    '$share/g/bramble/v1/fleet/#',
    'bramble/v1/results/+/#',
    'bramble/v1/nodes/#',
    `bramble/v1/fleet/${'x/'.repeat(20)}x`,
  ])
    assert.ok(!maySubscribe(user, filter), filter);
});
