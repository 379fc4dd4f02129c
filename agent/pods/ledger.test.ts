import assert from 'node:assert/strict';
import test from 'node:test';
import { digestOf } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Fence, Manifest, ObjectOrder } from '@bramble/protocol/messages/orders.ts';
import fc from 'fast-check';
import { emptyLedger, type Ledger, objectRefusal, refusal } from './ledger.ts';
import { acceptManifest, acceptObject, acknowledgeGone } from './ledger-orders.ts';
import { ledgerOf, recordsBetween } from './ledger-records.ts';
import { boardFacts, configMap, podObject } from './testing/objects.ts';

const storeId = '11111111-1111-4111-8111-111111111111';
const cidr = '10.42.1.0/24';
const room = boardFacts();

type Named = readonly (readonly [string, KubeObject])[];

function manifestOf(objects: Named, sequence = 1, store = storeId): Manifest {
  const named = objects.map(([plural, object]) => [
    `${plural}/${object.metadata.uid}`,
    digestOf(plural, object),
  ]);
  return {
    fence: { storeId: store, epoch: 1, sequence },
    objects: Object.fromEntries(named),
    podCIDRs: [cidr],
  };
}

function withObject(ledger: Ledger, plural: string, object: KubeObject, nowMs = 0): Ledger {
  const order: ObjectOrder = {
    fence: { storeId, epoch: 1, sequence: 0 },
    digest: digestOf(plural, object),
    object: { ...object },
  };
  return acceptObject(ledger, `${plural}/${object.metadata.uid}`, order, 100, nowMs, room);
}

function told(objects: Named, sequence = 1, before: Ledger = emptyLedger, nowMs = 0): Ledger {
  let ledger = before;
  for (const [plural, object] of objects) ledger = withObject(ledger, plural, object, nowMs);
  return acceptManifest(ledger, manifestOf(objects, sequence), nowMs, room);
}

const podA = podObject('a');
const podB = podObject('b');

test('pods get addresses of their own, which stay theirs', () => {
  const both = told([
    ['pods', podA],
    ['pods', podB],
  ]);
  const addresses = (ledger: Ledger): unknown[] => [...ledger.pods.values()].map((each) => each.addresses);
  assert.deepEqual(addresses(both), [['10.42.1.2'], ['10.42.1.3']]);
  const more = told(
    [
      ['pods', podA],
      ['pods', podB],
      ['pods', podObject('c')],
    ],
    2,
    both,
  );
  assert.deepEqual(addresses(more), [['10.42.1.2'], ['10.42.1.3'], ['10.42.1.4']]);
});

test('a manifest is complete when all that it names is here, and not before', () => {
  const waiting = acceptManifest(emptyLedger, manifestOf([['pods', podA]]), 0, room);
  assert.equal(waiting.complete, undefined);
  assert.equal(waiting.pods.size, 0);
  const whole = withObject(waiting, 'pods', podA);
  assert.equal(whole.complete, whole.manifest?.fence);
  assert.equal(whole.pods.size, 1);
});

test('an incomplete manifest that ends something is kept beside that; one that decides nothing is not written', () => {
  const before = told([['pods', podA]]);
  const keysTo = (after: Ledger): string[] => recordsBetween(before, after).map(({ key }) => key);
  const ends = acceptManifest(before, manifestOf([['pods', podB]], 2), 5, room);
  assert.equal(ends.complete, before.complete);
  assert.deepEqual(ends.pods.get('uid-a')?.terminate, { sinceMs: 5, graceSeconds: 30 });
  assert.deepEqual(
    keysTo(ends),
    ['manifest', 'complete', 'pods/uid-a'],
    'the manifest first: power may go between the two',
  );
  const both: Named = [
    ['pods', podA],
    ['pods', podB],
  ];
  assert.deepEqual(keysTo(acceptManifest(before, manifestOf(both, 2), 5, room)), []);
});

test('a grace may be shortened while it runs, and is never prolonged', () => {
  const deleted = (graceSeconds: number): KubeObject =>
    podObject(
      'a',
      {},
      {
        deletionTimestamp: '2026-01-01T00:00:00Z',
        deletionGracePeriodSeconds: graceSeconds,
      },
    );
  const first = told([['pods', deleted(30)]], 2, told([['pods', podA]]), 1_000);
  assert.deepEqual(first.pods.get('uid-a')?.terminate, { sinceMs: 1_000, graceSeconds: 30 });
  const shorter = told([['pods', deleted(5)]], 3, first, 2_000);
  assert.deepEqual(shorter.pods.get('uid-a')?.terminate, { sinceMs: 2_000, graceSeconds: 5 });
  const longer = told([['pods', deleted(60)]], 4, shorter, 3_000);
  assert.deepEqual(longer.pods.get('uid-a')?.terminate, { sinceMs: 2_000, graceSeconds: 5 });
});

test('a pod whose end is acknowledged, and that is named again without being deleted, starts afresh', () => {
  const ended = told([], 2, told([['pods', podA]]), 1_000);
  const named = told([['pods', podA]], 3, ended, 2_000);
  assert.ok(named.pods.get('uid-a')?.terminate, 'an end that has begun is not taken back');
  const again = acknowledgeGone(named, 'uid-a', storeId, 3_000, room);
  assert.equal(again.pods.get('uid-a')?.terminate, undefined);
  assert.equal(again.pods.get('uid-a')?.receivedAtMs, 3_000);
});

test('orders of an ended epoch and older manifests are refused; other stores have an order of their own', () => {
  const ledger = acceptManifest(
    emptyLedger,
    { ...manifestOf([], 5), fence: { storeId, epoch: 3, sequence: 5 } },
    0,
    room,
  );
  assert.match(refusal(ledger, { storeId, epoch: 2, sequence: 9 }, true) ?? '', /epoch 2 is over/);
  assert.match(refusal(ledger, { storeId, epoch: 3, sequence: 4 }, true) ?? '', /older/);
  assert.equal(refusal(ledger, { storeId, epoch: 3, sequence: 5 }, true), undefined);
  assert.equal(refusal(ledger, { storeId, epoch: 3, sequence: 1 }, false), undefined);
  assert.equal(refusal(ledger, { storeId: 'other', epoch: 1, sequence: 1 }, true), undefined);
});

test('G7: the last manifest of a store that another one has replaced is not obeyed again', () => {
  const restored = '22222222-2222-4222-8222-222222222222';
  const first = told([['pods', podA]], 5);
  assert.equal(refusal(first, manifestOf([], 5).fence, true), undefined, 'said twice, it changes nothing');
  const second = acceptManifest(first, manifestOf([['pods', podA]], 1, restored), 0, room);
  assert.match(refusal(second, manifestOf([], 5).fence, true) ?? '', /counts no more/);
  assert.equal(refusal(second, manifestOf([], 1, restored).fence, true), undefined);
  assert.equal(refusal(second, manifestOf([], 6).fence, true), undefined, 'that store may come back');
  const records = recordsBetween(emptyLedger, second).map(({ key, value }) => [key, value] as const);
  const { ledger } = ledgerOf(new Map(records));
  assert.match(refusal(ledger, manifestOf([], 5).fence, true) ?? '', /counts no more/);
});

test('nor is an object taken that came before it; what that store says when it is back is', () => {
  const restored = '22222222-2222-4222-8222-222222222222';
  const first = told([['pods', podA]], 5);
  const fence = (sequence: number, epoch = 1): Fence => ({ storeId, epoch, sequence });
  assert.equal(objectRefusal(first, fence(4)), undefined, 'it may have been overtaken by its manifest');
  const second = acceptManifest(first, manifestOf([], 1, restored), 0, room);
  assert.match(objectRefusal(second, fence(5)) ?? '', /counts no more/);
  assert.equal(objectRefusal(second, fence(6)), undefined);
  assert.equal(objectRefusal(second, fence(1, 2)), undefined);
  assert.equal(objectRefusal(second, { ...fence(1), storeId: restored }), undefined);
  assert.equal(objectRefusal(second, { ...fence(1), storeId: 'other' }), undefined);
});

test('objects that nothing names are kept within bounds', () => {
  let ledger: Ledger = emptyLedger;
  for (let index = 0; index < 2_100; index += 1)
    ledger = withObject(ledger, 'configmaps', configMap(`cm-${index}`, {}));
  assert.equal(ledger.arrived.size, 2_000);
  assert.ok(!ledger.arrived.has('configmaps/uid-cm-cm-0'));
});

/** What a controller may say, and how the link may garble it. */
const names = ['a', 'b', 'c'];
const anyPods = fc.subarray(names);
const anyTruth = fc.record({ pods: anyPods, configVersion: fc.integer({ min: 1, max: 3 }) });
type Truth = { readonly pods: readonly string[]; readonly configVersion: number };

function objectsOf({ pods, configVersion }: Truth): Named {
  const needy = (name: string): KubeObject =>
    podObject(name, {
      containers: [{ name: 'web', image: 'i:1', envFrom: [{ configMapRef: { name: 'cm' } }] }],
    });
  const config = configMap('cm', { version: String(configVersion) }, String(configVersion));
  return [...pods.map((name) => ['pods', needy(name)] as const), ['configmaps', config]];
}

test('whatever is lost, repeated or late: once all of the newest manifest is here, it is the truth', () => {
  fc.assert(
    fc.property(
      fc.array(anyTruth, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat()),
      (truths, choices) => {
        const messages = truths.flatMap((truth, index) => {
          const objects = objectsOf(truth);
          return [
            ...objects.map(
              ([plural, object]) =>
                (ledger: Ledger) =>
                  withObject(ledger, plural, object, index),
            ),
            (ledger: Ledger) => {
              const manifest = manifestOf(objects, index + 1);
              return refusal(ledger, manifest.fence, true)
                ? ledger
                : acceptManifest(ledger, manifest, index, room);
            },
          ];
        });
        let ledger: Ledger = emptyLedger;
        for (let step = 0; step < messages.length * 2; step += 1) {
          const message = messages[Number(choices.next().value) % messages.length];
          if (message) ledger = message(ledger);
        }
        const last = truths.at(-1);
        assert.ok(last);
        ledger = told(objectsOf(last), truths.length, ledger, 100);
        assert.equal(ledger.complete, ledger.manifest?.fence);
        assert.equal(ledger.complete?.sequence, truths.length);
        for (const name of names) {
          const record = ledger.pods.get(`uid-${name}`);
          const wanted = last.pods.includes(name);
          if (wanted) assert.ok(record, `${name} is kept`);
          else assert.ok(!record || record.terminate, `${name} ends`);
        }
        const held = ledger.objects.get('configmaps/uid-cm-cm');
        assert.deepEqual(held?.object['data'], { version: String(last.configVersion) });
        const addresses = [...ledger.pods.values()].flatMap((record) => record.addresses);
        assert.equal(new Set(addresses).size, addresses.length, 'no address is given twice');
        const written = new Map(
          recordsBetween(emptyLedger, ledger).map(({ key, value }) => [
            key,
            JSON.parse(JSON.stringify(value)),
          ]),
        );
        const read = ledgerOf(written);
        assert.deepEqual(read.unreadable, []);
        assert.deepEqual(
          recordsOfBoth(read.ledger),
          recordsOfBoth(ledger),
          'the journal gives back what it was told',
        );
      },
    ),
    { numRuns: 300 },
  );
});

function recordsOfBoth(ledger: Ledger): unknown {
  return JSON.parse(
    JSON.stringify(recordsBetween(emptyLedger, ledger).sort((a, b) => (a.key < b.key ? -1 : 1))),
  );
}

test('journal records of another form are named and left alone', () => {
  const records = new Map<string, unknown>([
    ['pods/x', { uid: 3 }],
    ['objects/pods/x', 'nonsense'],
    ['manifest', {}],
    ['identity', { of: 'others' }],
  ]);
  const { ledger, unreadable } = ledgerOf(records);
  assert.deepEqual(unreadable.sort(), ['manifest', 'objects/pods/x', 'pods/x']);
  assert.equal(ledger.pods.size, 0);
});

test('a pod of another store goes on until a person releases it; then it ends, with its grace', () => {
  const uid = podA.metadata.uid ?? '';
  const other = '22222222-2222-4222-8222-222222222222';
  const before = told([['pods', podA]]);
  const silent = acceptManifest(before, manifestOf([], 1, other), 5, room);
  assert.equal(silent.pods.get(uid)?.terminate, undefined);
  const stranger = { ...manifestOf([], 2, other), released: ['unheard-of'] };
  assert.equal(acceptManifest(silent, stranger, 6, room).pods.get(uid)?.terminate, undefined);
  const released = acceptManifest(silent, { ...manifestOf([], 2, other), released: [uid] }, 7, room);
  assert.deepEqual(released.pods.get(uid)?.terminate, { sinceMs: 7, graceSeconds: 30 });
  assert.equal(released.pods.get(uid)?.storeId, other, 'its end is reported to who wanted it');
  const again = acceptManifest(released, { ...manifestOf([], 3, other), released: [uid] }, 99, room);
  assert.equal(again.pods.get(uid)?.terminate?.sinceMs, 7, 'said again, it gets no second grace');
  assert.equal(acknowledgeGone(again, uid, other, 100, room).pods.size, 0);
});
