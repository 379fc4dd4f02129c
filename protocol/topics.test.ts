import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseTopic, root, type Topic, topics } from './topics.ts';

const level = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);

function nameOf(topic: Topic): string {
  switch (topic.type) {
    case 'controller-session':
      return topics.controllerSession();
    case 'node-session':
      return topics.nodeSession(topic.node);
    case 'metrics':
    case 'manifest':
    case 'acks':
      return topics[topic.type](topic.node);
    case 'object':
      return topics.object(topic.node, topic.kind, topic.uid);
    case 'status':
      return topics.status(topic.node, topic.uid);
    case 'stream-in':
      return topics.streamIn(topic.node, topic.stream);
    case 'stream-out':
      return topics.streamOut(topic.node, topic.stream);
    case 'apply':
    case 'delete':
    case 'get':
    case 'results':
      return topics[topic.type](topic.user, topic.id);
    case 'network-membership':
      return topics.networkMembership(topic.node);
    case 'network-index':
      return topics.networkIndex(topic.group);
    case 'network-boards':
      return topics.networkBoards(topic.group);
    case 'network-service':
      return topics.networkService(topic.group, topic.namespace, topic.name);
    case 'fleet-node':
      return topics.fleetNode(topic.node);
    case 'fleet-pod':
      return topics.fleetPod(topic.namespace, topic.name);
    case 'fleet-events':
      return topics.fleetEvents(topic.namespace);
  }
}

const topic: fc.Arbitrary<Topic> = fc.oneof(
  fc.constant<Topic>({ type: 'controller-session' }),
  fc.record({
    type: fc.constantFrom('node-session', 'metrics', 'manifest', 'acks', 'network-membership', 'fleet-node'),
    node: level,
  }),
  fc.record({ type: fc.constant('object'), node: level, kind: level, uid: level }),
  fc.record({ type: fc.constant('status'), node: level, uid: level }),
  fc.record({ type: fc.constantFrom('stream-in', 'stream-out'), node: level, stream: level }),
  fc.record({ type: fc.constantFrom('apply', 'delete', 'get', 'results'), user: level, id: level }),
  fc.record({ type: fc.constantFrom('network-index', 'network-boards'), group: level }),
  fc.record({ type: fc.constant('network-service'), group: level, namespace: level, name: level }),
  fc.record({ type: fc.constant('fleet-pod'), namespace: level, name: level }),
  fc.record({ type: fc.constant('fleet-events'), namespace: level }),
) as fc.Arbitrary<Topic>;

test('every topic is read as it was made', () => {
  fc.assert(
    fc.property(topic, (one) => assert.deepEqual(parseTopic(nameOf(one)), { ...one })),
    { numRuns: 1_000 },
  );
});

test('any name is read as nothing, or as what makes that name', () => {
  const word = fc.constantFrom(
    'nodes',
    'fleet',
    'pods',
    'apply',
    'status',
    'streams',
    'in',
    'session',
    'a',
    '',
    '+',
    '__proto__',
  );
  const name = fc.array(word, { maxLength: 7 }).map((levels) => [root, ...levels].join('/'));
  fc.assert(
    fc.property(fc.oneof(name, fc.string()), (text) => {
      const parsed = parseTopic(text);
      if (parsed) assert.equal(nameOf(parsed), text);
    }),
    { numRuns: 5_000 },
  );
});
