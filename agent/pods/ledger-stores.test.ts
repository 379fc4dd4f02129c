import assert from 'node:assert/strict';
import test from 'node:test';
import { digestOf } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { emptyLedger, heldDigests, type Ledger } from './ledger.ts';
import { acceptManifest, acceptObject, acknowledgeGone } from './ledger-orders.ts';
import { boardFacts, configMap, podObject, secret } from './testing/objects.ts';

const storeA = '11111111-1111-4111-8111-111111111111';
const storeB = '22222222-2222-4222-8222-222222222222';
const room = boardFacts();

type Named = readonly (readonly [string, KubeObject])[];

function keyOf(plural: string, object: KubeObject): string {
  return `${plural}/${object.metadata.uid}`;
}

function withObject(ledger: Ledger, storeId: string, plural: string, object: KubeObject): Ledger {
  const fence = { storeId, epoch: 1, sequence: 0 };
  const order = { fence, digest: digestOf(plural, object), object: { ...object } };
  return acceptObject(ledger, keyOf(plural, object), order, 100, 0, room);
}

function withManifest(
  ledger: Ledger,
  storeId: string,
  sequence: number,
  objects: Named,
  released: readonly string[] = [],
): Ledger {
  const digests = objects.map(([plural, object]) => [keyOf(plural, object), digestOf(plural, object)]);
  const fence = { storeId, epoch: 1, sequence };
  const podCIDRs = ['10.42.1.0/24'];
  const manifest = { fence, objects: Object.fromEntries(digests), podCIDRs, released: [...released] };
  return acceptManifest(ledger, manifest, 0, room);
}

/** The objects, then the manifest that names them all. */
function told(ledger: Ledger, storeId: string, sequence: number, objects: Named): Ledger {
  let next = ledger;
  for (const [plural, object] of objects) next = withObject(next, storeId, plural, object);
  return withManifest(next, storeId, sequence, objects);
}

function needing(name: string): KubeObject {
  const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'password' } }];
  return podObject(name, { containers: [{ name: 'web', image: 'i:1', envFrom }] });
}

const needs: Named = [
  ['configmaps', configMap('settings', {})],
  ['secrets', secret('password', {})],
];
const neededKeys = needs.map(([plural, object]) => keyOf(plural, object));
const unneeded = ['secrets', secret('other', {})] as const;

test('what a pod of another store needs stays on the card as long as that pod, and nothing else of that store does', () => {
  const first = told(emptyLedger, storeA, 1, [['pods', needing('a')], unneeded, ...needs]);
  const replaced = withManifest(first, storeB, 1, []);
  assert.deepEqual(Object.keys(heldDigests(replaced)).sort(), [...neededKeys, 'pods/uid-a'].sort());
  const gone = acknowledgeGone(withEnd(replaced), 'uid-a', storeA, 0, room);
  assert.equal(gone.pods.size, 0);
  assert.deepEqual(heldDigests(gone), {});
});

/** As one that its own store was ending. */
function withEnd(ledger: Ledger): Ledger {
  const record = ledger.pods.get('uid-a');
  assert.ok(record);
  const terminate = { sinceMs: 0, graceSeconds: 0 };
  return { ...ledger, pods: new Map(ledger.pods).set('uid-a', { ...record, terminate }) };
}

test('also where the new store has named it, for pods of its own that are gone since (G5)', () => {
  const first = told(emptyLedger, storeA, 1, [['pods', needing('a')], ...needs]);
  const shared = told(first, storeB, 1, [['pods', needing('b')], ...needs]);
  const ending = withManifest(shared, storeB, 2, []);
  const gone = acknowledgeGone(ending, 'uid-b', storeB, 0, room);
  assert.deepEqual([...gone.pods.keys()], ['uid-a']);
  assert.deepEqual([...gone.objects.keys()].sort(), [...neededKeys, 'pods/uid-a'].sort());
  const released = withManifest(gone, storeB, 3, [], ['uid-a']);
  assert.deepEqual([...released.objects.keys()], ['pods/uid-a'], 'one that ends needs nothing more');
  assert.deepEqual(heldDigests(acknowledgeGone(released, 'uid-a', storeB, 0, room)), {});
});

test('a pod of another store that never began here is not kept, unless containers of it are', () => {
  const first = told(emptyLedger, storeA, 1, [['pods', needing('a')], ...needs]);
  const unbegun: Ledger = { ...first, pods: new Map() };
  assert.equal(withManifest(unbegun, storeB, 1, []).objects.size, 0);
  const numbers = { attempt: 0, failures: 0, specDigest: '', init: false, bootId: 'first-boot' };
  const orphan = {
    uid: 'uid-a',
    namespace: 'default',
    pod: 'a',
    container: 'web',
    storeId: storeA,
    ...numbers,
  };
  const lost: Ledger = { ...unbegun, orphans: new Map([['uid-a', orphan]]) };
  const all = [...neededKeys, 'pods/uid-a'].sort();
  assert.deepEqual([...withManifest(lost, storeB, 1, []).objects.keys()].sort(), all);
  const unseen: Ledger = { ...unbegun, orphans: undefined };
  assert.deepEqual([...withManifest(unseen, storeB, 1, []).objects.keys()].sort(), all);
});

test('an object that another store has said does not take the place of what this one says: a pod that has ended does not run again', () => {
  const pod = podObject('a');
  // Said again by a broker after the pod was gone; a copy of the store, restored, still names it.
  const waiting = withObject(told(emptyLedger, storeA, 5, []), storeA, 'pods', pod);
  assert.ok(waiting.arrived.has('pods/uid-a'));
  const overtaken = withManifest(waiting, storeB, 1, [['pods', pod]]);
  assert.equal(overtaken.pods.size, 0);
  assert.deepEqual(heldDigests(overtaken), {}, 'it asks for what this store says of it');
  const order = {
    fence: { storeId: storeB, epoch: 1, sequence: 1 },
    digest: digestOf('pods', pod),
    object: { ...pod },
  };
  const ended = acceptObject(
    overtaken,
    'pods/uid-a',
    { ...order, ended: { phase: 'Succeeded' } },
    100,
    0,
    room,
  );
  assert.equal(ended.pods.get('uid-a')?.final?.phase, 'Succeeded');
});
