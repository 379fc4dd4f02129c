import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import { boardKey, boardObject, boardRecord } from '../fleet/boards.ts';
import { UnclaimedPods } from '../fleet/unclaimed.ts';
import { MemoryDisk, MemoryEngine } from '../store/memory-engine.ts';
import { type RunningStore, runStore } from '../store/testing/running-store.ts';
import { type UnclaimedPorts, unclaimed } from './unclaimed.ts';

let running: RunningStore;
let ports: UnclaimedPorts;

before(async () => {
  running = await runStore(new MemoryEngine(new MemoryDisk('unclaimed')));
  ports = { store: running.store, unclaimed: new UnclaimedPods(), host: createHost(() => {}) };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  const record = {
    node: 'pi-1',
    machineId: 'm',
    sealingKey: '',
    certificateSerial: '1',
    joinedAt: 0,
    labels: {},
  };
  await running.store.commit({
    conditions: [],
    writes: [
      { type: 'put', key: '/registry/namespaces/default', object: namespace },
      { type: 'put', key: boardKey('pi-1'), object: boardObject(record) },
    ],
  });
});
after(() => running.stop());

const containers = [{ name: 'main', image: 'localhost/x:1' }];

function report(name: string, spec: unknown, namespace = 'default'): void {
  const status = { phase: 'Running' };
  const pod = spec === undefined ? {} : { pod: { metadata: { name: 'other', finalizers: ['x/y'] }, spec } };
  ports.unclaimed.note('pi-1', {
    uid: `uid-${name}`,
    namespace,
    name,
    status,
    ...pod,
  } as unknown as PodReport);
}

const decide = async (name: string, body: unknown): Promise<string> => {
  const { code, body: answer } = await unclaimed(ports, 'POST', `uid-${name}`, body);
  return `${code} ${(answer as { message?: string }).message ?? JSON.stringify(answer)}`;
};

test('a claimed pod keeps its identity and its board, and nothing else that the board says of its metadata', async () => {
  report('web', { containers, nodeName: 'pi-99' });
  assert.match(await decide('web', { action: 'claim' }), /^200 /);
  const pod = running.store.get('/registry/pods/default/web')?.object;
  const { uid, name, finalizers } = pod?.metadata ?? {};
  assert.deepEqual([uid, name, finalizers], ['uid-web', 'web', undefined]);
  assert.equal((pod?.['spec'] as { nodeName?: string } | undefined)?.nodeName, 'pi-1');
  assert.match(await decide('web', { action: 'claim' }), /^409 a pod default\/web is in this store already/);
});

test('what a board says is checked like anybody’s pod', async () => {
  report('forged', { containers: [{ name: 'No Name', image: 7 }] });
  assert.match(await decide('forged', { action: 'claim' }), /^422 what pi-1 says of the pod is malformed/);
  report('bad', { containers: [{ name: 'No Name', image: 'x' }] });
  assert.match(await decide('bad', { action: 'claim' }), /^422 .* is not valid: spec\.containers\[0\]\.name/);
  report('huge', undefined);
  assert.match(await decide('huge', { action: 'claim' }), /^422 .* too large to be reported/);
  report('elsewhere', { containers }, 'nowhere');
  assert.match(await decide('elsewhere', { action: 'claim' }), /^409 there is no namespace nowhere/);
  assert.match(await decide('web2', { action: 'claim' }), /^404 /);
  assert.match(await decide('huge', { action: 'end' }), /^400 action/);
});

test('G7: no board gets a Secret by naming it in a pod of its own making, unless a person says so', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vault', namespace: 'default' } };
  await running.store.commit({
    conditions: [],
    writes: [{ type: 'put', key: '/registry/secrets/default/vault', object: secret }],
  });
  report('thief', { containers, volumes: [{ name: 'v', secret: { secretName: 'vault' } }] });
  assert.match(await decide('thief', { action: 'claim' }), /^409 .*\(vault\).*--give-secrets/);
  assert.equal(running.store.get('/registry/pods/default/thief'), undefined);
  assert.match(await decide('thief', { action: 'claim', giveSecrets: true }), /^200 /);
});

test('what was released is in the record of the board, as long as the board tells of it', async () => {
  const released = (): unknown => {
    const stored = running.store.get(boardKey('pi-1'));
    return stored && boardRecord(stored.object).released;
  };
  report('one', { containers });
  report('two', undefined);
  assert.match(await decide('one', { action: 'release' }), /^200 /);
  ports.unclaimed.forget('pi-1', 'uid-one');
  assert.deepEqual(released(), ['uid-one']);
  assert.match(await decide('two', { action: 'release' }), /^200 /);
  assert.deepEqual(released(), ['uid-two']);
});
