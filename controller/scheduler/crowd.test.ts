import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld, podNamed } from '../fleet/testing/fleet-world.ts';
import type { ObjectStore, StoredObject, Transaction, TransactionResult } from '../store/types.ts';
import { scheduler } from './scheduler.ts';

let world: FleetWorld | undefined;
afterEach(() => {
  world?.finish();
  world = undefined;
});

const crowd = 200;

function asking(name: string, cpu: string): KubeObject {
  return podNamed(name, { containers: [{ name: 'main', image: 'x', resources: { requests: { cpu } } }] });
}

/** Two boards, and many pods that neither can take, each of which was told so. */
async function crowdedWorld(): Promise<FleetWorld> {
  const made = await FleetWorld.start();
  world = made;
  await made.board('pi-1');
  await made.board('pi-2');
  const waiting = Array.from({ length: crowd }, (_, index) => asking(`w${index}`, '5'));
  await made.settled(
    made.store.commit({
      conditions: [],
      writes: waiting.map((object) => ({ type: 'put', key: keyOf(object.metadata.name), object })),
    }),
  );
  await made.elapse(2_000);
  assert.equal(waitingWith(made, /./).length, crowd);
  return made;
}

const keyOf = (name: string): string => `/registry/pods/default/${name}`;

function waitingWith({ store }: FleetWorld, why: RegExp): readonly StoredObject[] {
  return store
    .list(keyOf('w'))
    .filter(({ object }) =>
      why.test(/"PodScheduled","[^}]*/.exec(JSON.stringify(object['status']))?.[0] ?? ''),
    );
}

async function changeNode(
  made: FleetWorld,
  name: string,
  change: (node: KubeObject) => object,
): Promise<void> {
  const node = made.node(name) as KubeObject;
  await made.put({ ...node, ...change(node) });
}

const relabelled = (node: KubeObject): object => ({
  metadata: { ...node.metadata, labels: { ...node.metadata.labels, changed: 'yes' } },
});

test('a change of a board that helps none of many waiting pods writes to none of them', async () => {
  const made = await crowdedWorld();
  const before = waitingWith(made, /./).map(({ revision }) => revision);
  await changeNode(made, 'pi-1', relabelled);
  await made.elapse(5_000);
  assert.deepEqual(
    waitingWith(made, /./).map(({ revision }) => revision),
    before,
  );
});

test('room for one goes to the one that waits longest, and a new pod need not wait for the others', async () => {
  const made = await crowdedWorld();
  await changeNode(made, 'pi-2', (node) => ({
    status: { ...(node['status'] as object), allocatable: { cpu: '6', memory: '4Gi', pods: '110' } },
  }));
  await made.put(asking('fits', '500m'));
  await made.elapse(50);
  const bound = made.store.list(keyOf('')).filter(({ object }) => 'nodeName' in (object['spec'] as object));
  assert.deepEqual(
    bound.map(({ object }) => object.metadata.name),
    ['fits', 'w0'],
  );
});

test('many that wait are told of a new reason little by little, and all of them in the end', async () => {
  const made = await crowdedWorld();
  const cordon = (node: KubeObject): object => ({
    spec: { ...(node['spec'] as object), unschedulable: true },
  });
  await changeNode(made, 'pi-1', cordon);
  const soon = waitingWith(made, /were unschedulable/).length;
  assert.ok(soon > 0 && soon < crowd / 2, `${soon} of ${crowd} were told at once`);
  await made.elapse(5_000);
  assert.equal(waitingWith(made, /were unschedulable/).length, crowd);
});

test('a reason that could not be written is written once the store takes it', async () => {
  const made = await FleetWorld.start();
  world = made;
  await made.board();
  const creating = made.store.commit({
    conditions: [],
    writes: [{ type: 'put', key: keyOf('w0'), object: asking('w0', '5') }],
  });
  await made.elapse(1);
  made.disk.full = true;
  await made.settled(creating);
  await made.elapse(3_000);
  made.disk.full = false;
  await made.elapse(2_000);
  assert.equal(waitingWith(made, /Insufficient cpu/).length, 1);
});

/** A store whose disk does not answer: what is asked of it waits. */
function slowStore(objects: readonly StoredObject[]): {
  store: ObjectStore;
  asked: Transaction[];
  answer(): void;
} {
  const asked: Transaction[] = [];
  let waiting: ((result: TransactionResult) => void)[] = [];
  const store: ObjectStore = {
    storeId: 's',
    revision: objects.length,
    get: (key) => objects.find((stored) => stored.key === key),
    list: (prefix) => objects.filter(({ key }) => key.startsWith(prefix)),
    watch: () => ({ ok: true, stop: () => {} }),
    commit: (transaction) => {
      asked.push(transaction);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  const answer = (): void => {
    const answered = waiting;
    waiting = [];
    for (const resolve of answered) resolve({ ok: true, objects: [], revision: 1 });
  };
  return { store, asked, answer };
}

test('G8: a backlog waits in the scheduler, and not in the store in the way of all others', async () => {
  const status = {
    allocatable: { cpu: '4', memory: '4Gi', pods: '9999' },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' }, spec: {}, status } as KubeObject;
  const stored = (key: string, object: KubeObject): StoredObject => ({ key, object, revision: 1, json: '' });
  const pods = Array.from({ length: 2_000 }, (_, index) => stored(keyOf(`p${index}`), podNamed(`p${index}`)));
  const { store, asked, answer } = slowStore([stored('/registry/nodes/pi-1', node), ...pods]);
  const host = new VirtualHost();
  const system = new ActorSystem(host, { onRootFailure: assert.ifError });
  const events = { path: 'events', send: () => true };
  system.run('scheduler', scheduler({ store, events, onBound: () => {} }));
  await host.elapse(1_000);
  const atOnce = asked.length;
  assert.ok(atOnce > 100 && atOnce <= 1_000, `${atOnce} wait for the disk`);
  for (let rounds = 0; asked.length < pods.length && rounds < 100; rounds += 1) {
    const before = asked.length;
    answer();
    await host.elapse(100);
    assert.ok(asked.length - before <= atOnce);
  }
  system.stop();
  assert.equal(new Set(asked.map(({ writes }) => writes[0]?.key)).size, pods.length);
  assert.equal(asked.length, pods.length);
});
