import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import {
  networkBoards,
  networkGroupLabel,
  networkIndex,
  networkMembership,
  networkService,
} from '@bramble/protocol/messages/network.ts';
import { root, topics } from '@bramble/protocol/topics.ts';
import { FleetWorld, podNamed } from '../fleet/testing/fleet-world.ts';

const serviceCIDR = '10.43.0.0/16';
let world: FleetWorld;
afterEach(() => world.finish());

function service(name: string, spec: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.43.7.7',
      selector: { app: name },
      ports: [{ port: 80, targetPort: 8080 }],
      ...spec,
    },
  };
}

function readyPod(
  name: string,
  app: string,
  node: string,
  address: string,
  metadata: object = {},
): KubeObject {
  const pod = podNamed(name, { nodeName: node }, { labels: { app }, ...metadata });
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { ...pod, status: { phase: 'Running', podIP: address, conditions } };
}

async function withBoards(...names: readonly string[]): Promise<void> {
  world = await FleetWorld.start({ serviceCIDR });
  for (const [at, name] of names.entries())
    await world.board(name, { addresses: [{ type: 'InternalIP', address: `192.0.2.${at + 1}` }] });
  await world.elapse(1_000);
}

const servicesIn = (group: string) => world.retained(`network/${group}/services/`, networkService);
const indexOf = (group: string) =>
  world.retained(`network/${group}/index`, networkIndex).get(`network/${group}/index`);
const boardsOf = (group: string) =>
  world.retained(`network/${group}/boards`, networkBoards).get(`network/${group}/boards`);
const addresses = (group: string, name: string): string[] =>
  (servicesIn(group).get(`network/${group}/services/default/${name}`)?.backends ?? []).flatMap(
    ({ endpoints }) => endpoints.map(({ address }) => address),
  );

test('the cluster’s own Services are there, and boards hear of ranges, names and each other', async () => {
  await withBoards('pi-1', 'pi-2');
  const index = indexOf('default');
  assert.deepEqual(
    [index?.serviceCIDR, index?.clusterDNS, index?.clusterDomain],
    [serviceCIDR, '10.43.0.10', 'cluster.local'],
  );
  assert.deepEqual(index?.services, ['default/kubernetes', 'kube-system/kube-dns']);
  assert.deepEqual(boardsOf('default')?.boards, [
    { node: 'pi-1', addresses: ['192.0.2.1'], podCIDRs: ['10.42.0.0/24'] },
    { node: 'pi-2', addresses: ['192.0.2.2'], podCIDRs: ['10.42.1.0/24'] },
  ]);
  const membership = world.retained('nodes/pi-1/network', networkMembership).get('nodes/pi-1/network');
  assert.equal(membership?.group, 'default');
});

test('endpoints follow readiness; a pod that ends serves only where nobody else does', async () => {
  await withBoards('pi-1');
  await world.put(
    service('web'),
    readyPod('a', 'web', 'pi-1', '10.42.0.2'),
    readyPod('b', 'web', 'pi-1', '10.42.0.3'),
  );
  await world.elapse(500);
  assert.deepEqual(addresses('default', 'web'), ['10.42.0.2', '10.42.0.3']);
  const unready = readyPod('b', 'web', 'pi-1', '10.42.0.3');
  await world.put({
    ...unready,
    status: { phase: 'Running', podIP: '10.42.0.3', conditions: [{ type: 'Ready', status: 'False' }] },
  });
  await world.elapse(500);
  assert.deepEqual(addresses('default', 'web'), ['10.42.0.2']);
  await world.put(readyPod('a', 'web', 'pi-1', '10.42.0.2', { deletionTimestamp: '2026-01-01T00:00:30Z' }));
  await world.elapse(500);
  assert.deepEqual(addresses('default', 'web'), ['10.42.0.2'], 'better somebody who ends than nobody');
  await world.put(readyPod('b', 'web', 'pi-1', '10.42.0.3'));
  await world.elapse(500);
  assert.deepEqual(addresses('default', 'web'), ['10.42.0.3']);
});

test('what changes nothing for anybody is neither written nor said', async () => {
  await withBoards('pi-1');
  await world.put(service('web'), readyPod('a', 'web', 'pi-1', '10.42.0.2'));
  await world.elapse(1_000);
  const revisions = world.store.list('/registry/endpoint').map(({ revision }) => revision);
  world.broker.published = [];
  const pod = readyPod('a', 'web', 'pi-1', '10.42.0.2');
  await world.put({ ...pod, metadata: { ...pod.metadata, annotations: { unrelated: 'yes' } } });
  await world.elapse(1_000);
  assert.deepEqual(
    world.store.list('/registry/endpoint').map(({ revision }) => revision),
    revisions,
  );
  assert.deepEqual(
    world.broker.published.filter(({ topic }) => topic.includes('/network')),
    [],
  );
});

test('a Service that goes leaves the index first, then its topic', async () => {
  await withBoards('pi-1');
  await world.put(service('web'));
  await world.elapse(500);
  world.broker.published = [];
  await world.remove('/registry/services/default/web');
  await world.elapse(500);
  const said = world.broker.published
    .filter(({ topic }) => topic.includes('/network/'))
    .map(({ topic }) => topic);
  assert.deepEqual(said, [
    topics.networkIndex('default'),
    topics.networkService('default', 'default', 'web'),
  ]);
  assert.ok(!indexOf('default')?.services.includes('default/web'));
  assert.equal(world.broker.on(topics.networkService('default', 'default', 'web')).at(-1)?.payload, '');
});

test('boards of another group hear of their own endpoints alone', async () => {
  await withBoards('pi-1', 'pi-2');
  await world.put(
    service('web'),
    readyPod('a', 'web', 'pi-1', '10.42.0.2'),
    readyPod('b', 'web', 'pi-2', '10.42.1.2'),
  );
  await world.elapse(500);
  const node = world.node('pi-2') as KubeObject;
  await world.put({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, [networkGroupLabel]: 'shed' } },
  });
  await world.elapse(500);
  assert.deepEqual([addresses('default', 'web'), addresses('shed', 'web')], [['10.42.0.2'], ['10.42.1.2']]);
  assert.deepEqual(
    boardsOf('shed')?.boards.map(({ node: name }) => name),
    ['pi-2'],
  );
  const membership = world.retained('nodes/pi-2/network', networkMembership).get('nodes/pi-2/network');
  assert.equal(membership?.group, 'shed');
});

test('a new link is told everything, in a later order; what a broker kept wrongly is taken back', async () => {
  await withBoards('pi-1');
  await world.put(service('web'));
  await world.elapse(500);
  const before = indexOf('default')?.fence.sequence ?? 0;
  world.broker.drop();
  await world.elapse(5_000);
  assert.ok((indexOf('default')?.fence.sequence ?? 0) > before);
  world.broker.published = [];
  world.broker.say(topics.networkService('default', 'default', 'gone'), 'kept', true);
  world.broker.say(topics.networkIndex('nowhere'), 'kept', true);
  world.broker.say(`${root}/nodes/left/network`, 'kept', true);
  world.broker.say(topics.networkService('default', 'default', 'web'), 'kept', true);
  await world.elapse(500);
  assert.deepEqual(
    world.broker.published.map(({ topic, payload }) => [topic, payload]),
    [
      [topics.networkService('default', 'default', 'gone'), ''],
      [topics.networkIndex('nowhere'), ''],
      [topics.networkMembership('left'), ''],
    ],
  );
});
