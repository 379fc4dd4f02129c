import assert from 'node:assert/strict';
import test from 'node:test';
import { digestOf } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Manifest } from '@bramble/protocol/messages/orders.ts';
import { emptyLedger, heldDigests, type Ledger } from './ledger.ts';
import { withEndsBegun } from './ledger-ends.ts';
import { acceptManifest, acceptObject, acknowledgeGone } from './ledger-orders.ts';
import { ledgerOf, recordsBetween, withoutManifest } from './ledger-records.ts';
import { settle } from './ledger-settle.ts';
import { boardFacts, podObject } from './testing/objects.ts';

const storeId = '11111111-1111-4111-8111-111111111111';
const room = boardFacts();

const fence = (sequence: number): Manifest['fence'] => ({ storeId, epoch: 1, sequence });

function naming(pods: readonly KubeObject[], sequence: number): Manifest {
  const objects = pods.map((pod) => [`pods/${pod.metadata.uid}`, digestOf('pods', pod)]);
  return {
    fence: fence(sequence),
    objects: Object.fromEntries(objects),
    podCIDRs: ['10.42.1.0/24'],
  };
}

function withPod(ledger: Ledger, pod: KubeObject): Ledger {
  const order = { fence: fence(0), digest: digestOf('pods', pod), object: { ...pod } };
  return acceptObject(ledger, `pods/${pod.metadata.uid}`, order, 100, 0, room);
}

/** As the next start of the agent finds it. */
function restarted(ledger: Ledger): Ledger {
  return ledgerOf(new Map(recordsBetween(emptyLedger, ledger).map(({ key, value }) => [key, value]))).ledger;
}

// Found by seed 599 of the simulation.
test('an agent that starts again before all of a manifest has arrived ends none of the pods that it began under it', () => {
  const [first, second, third] = [podObject('1'), podObject('2'), podObject('3')];
  let ledger = acceptManifest(withPod(emptyLedger, first), naming([first], 1), 0, room);
  // The third has not arrived when the agent ends, so that the first manifest is the last that was complete.
  ledger = acceptManifest(withPod(ledger, second), naming([first, second, third], 2), 0, room);
  assert.ok(ledger.pods.get('uid-2'));
  assert.equal(ledger.complete?.sequence, 1);
  assert.equal(restarted(ledger).complete?.sequence, 1, 'nor does it show an older one than before');
  // Objects come before the manifest that names them.
  const again = withPod(restarted(ledger), third);
  assert.equal(again.pods.get('uid-2')?.terminate, undefined);
  // What the next manifest leaves out goes.
  const next = acceptManifest(again, naming([first, third], 3), 0, room);
  assert.ok(next.pods.get('uid-2')?.terminate);
  assert.equal(next.pods.get('uid-1')?.terminate, undefined);
});

// Found by seed 1191 of the simulation.
test('nor does it run a pod anew that such a manifest left out, once its end is acknowledged', () => {
  const [first, second, third] = [podObject('1'), podObject('2'), podObject('3')];
  let ledger = withPod(withPod(emptyLedger, first), second);
  ledger = acceptManifest(ledger, naming([first, second], 1), 0, room);
  // The third has not arrived when the agent ends.
  ledger = acceptManifest(ledger, naming([first, third], 2), 0, room);
  assert.ok(ledger.pods.get('uid-2')?.terminate);
  assert.equal(ledger.complete?.sequence, 1);
  const again = settle(restarted(ledger), 0, room);
  assert.ok(again.pods.get('uid-2')?.terminate, 'its end goes on');
  const ended = acknowledgeGone(again, 'uid-2', storeId, 0, room);
  assert.equal(ended.pods.get('uid-2'), undefined);
  assert.ok(ended.pods.get('uid-1') && !ended.pods.get('uid-1')?.terminate);
  // Named by a newer manifest, it is wanted again.
  const named = acceptManifest(withPod(ended, second), naming([first, second], 3), 0, room);
  assert.ok(named.pods.get('uid-2') && !named.pods.get('uid-2')?.terminate);
});

test('an agent that starts again with all that was ordered writes none of it once more', () => {
  const pod = podObject('1');
  const again = restarted(acceptManifest(withPod(emptyLedger, pod), naming([pod], 1), 0, room));
  assert.deepEqual(recordsBetween(again, settle(again, 0, room)), []);
});

// Found by seeds 692 (it was never ended) and 5143 (it was started once more) of the simulation.
test('a pod whose deletion is in the journal, and the record of its end is lost, ends', () => {
  const pod = podObject('1');
  const { metadata } = pod;
  const marked: KubeObject = {
    ...pod,
    metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:41Z', deletionGracePeriodSeconds: 30 },
  };
  const running = acceptManifest(withPod(emptyLedger, pod), naming([pod], 1), 0, room);
  const ending = acceptManifest(withPod(running, marked), naming([marked], 2), 0, room);
  assert.ok(ending.pods.get('uid-1')?.terminate);
  const records = new Map(recordsBetween(emptyLedger, ending).map(({ key, value }) => [key, value]));
  for (const { key, value } of recordsBetween(emptyLedger, running))
    if (key.startsWith('pods/')) records.set(key, value);
  const { ledger } = ledgerOf(records);
  assert.equal(ledger.pods.get('uid-1')?.terminate, undefined);
  assert.deepEqual(withEndsBegun(ledger, 5_000).pods.get('uid-1')?.terminate, {
    sinceMs: 5_000,
    graceSeconds: 30,
  });
  assert.equal(withEndsBegun(ending, 9_000), ending, 'what has begun goes on');
});

/** The journal as it shows where the last lines of pods were lost: as `before` had them, and all else as `after` has it. */
function withOldRecords(before: Ledger, after: Ledger): Ledger {
  const records = new Map(recordsBetween(emptyLedger, after).map(({ key, value }) => [key, value]));
  for (const { key, value } of recordsBetween(emptyLedger, before))
    if (key.startsWith('pods/')) records.set(key, value);
  return ledgerOf(records).ledger;
}

// Found by seed 20508 of the simulation.
test('a pod that a manifest left out, and the record of its end is lost, ends', () => {
  const [gone, stays] = [podObject('1', { terminationGracePeriodSeconds: 7 }), podObject('2')];
  const both = withPod(withPod(emptyLedger, gone), stays);
  const running = acceptManifest(both, naming([gone, stays], 1), 0, room);
  const ending = acceptManifest(running, naming([stays], 2), 0, room);
  const ledger = withOldRecords(running, ending);
  assert.equal(ledger.pods.get('uid-1')?.terminate, undefined);
  const { pods } = withEndsBegun(ledger, 5_000);
  assert.deepEqual(pods.get('uid-1')?.terminate, { sinceMs: 5_000, graceSeconds: 7 });
  assert.equal(pods.get('uid-2')?.terminate, undefined);
});

// Found where journals are damaged and pods replaced and nothing else, by seeds 143 and 521.
test('a pod whose record is lost is asked for again, and does not run a second time when it is told to have ended', () => {
  const pod = podObject('1');
  const status = { phase: 'Failed' };
  const running = acceptManifest(withPod(emptyLedger, pod), naming([pod], 1), 0, room);
  assert.deepEqual(Object.keys(heldDigests(running)), ['pods/uid-1']);
  const lost: Ledger = { ...restarted(running), pods: new Map() };
  for (const ledger of [lost, withoutManifest(lost)]) {
    assert.deepEqual(heldDigests(ledger), {});
    const told = { fence: fence(2), digest: digestOf('pods', pod), object: { ...pod }, ended: status };
    const taken = acceptObject({ ...ledger, orphans: undefined }, 'pods/uid-1', told, 100, 0, room);
    const known = { ...acceptManifest(taken, naming([pod], 2), 0, room), orphans: new Map() };
    assert.deepEqual(settle(known, 0, room).pods.get('uid-1')?.final, status);
    assert.deepEqual(Object.keys(heldDigests(known)), ['pods/uid-1'], 'that it has ended is on the card now');
  }
});

test('no pod ends by a manifest that is older than itself, or than its claim, or another store’s', () => {
  const pod = podObject('1');
  const other = '22222222-2222-4222-8222-222222222222';
  const elsewhere = (pods: readonly KubeObject[], sequence: number): Manifest => ({
    ...naming(pods, sequence),
    fence: { storeId: other, epoch: 1, sequence },
  });
  const without = acceptManifest(emptyLedger, naming([], 1), 0, room);
  const running = acceptManifest(withPod(without, pod), naming([pod], 2), 0, room);
  const claimed = acceptManifest(withPod(running, pod), elsewhere([pod], 1), 0, room);
  const back = acceptManifest(withPod(claimed, pod), naming([pod], 4), 0, room);
  const older = acceptManifest(running, naming([], 3), 0, room);
  for (const [shown, manifest] of [
    [running, without],
    [claimed, older],
    [back, older],
  ] as const) {
    const ledger = withOldRecords(shown, manifest);
    assert.ok(ledger.pods.has('uid-1'));
    assert.equal(withEndsBegun(ledger, 5_000), ledger);
  }
});
