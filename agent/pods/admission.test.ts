import assert from 'node:assert/strict';
import test from 'node:test';
import { boardView, digestOf } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Pod, PodSpec } from '@bramble/protocol/schema/types.generated.ts';
import { rejectionOf } from './admission.ts';
import { emptyLedger, finish, type Ledger } from './ledger.ts';
import { acceptManifest, acceptObject, acknowledgeGone } from './ledger-orders.ts';
import { ledgerOf, recordsBetween } from './ledger-records.ts';
import { boardFacts, podObject } from './testing/objects.ts';

const storeId = '11111111-1111-4111-8111-111111111111';
const GiB = 2 ** 30;

function asking(name: string, requests: Record<string, string>, spec: Partial<PodSpec> = {}): KubeObject {
  return podObject(name, { containers: [{ name: 'web', image: 'i:1', resources: { requests } }], ...spec });
}

function onPort(name: string, hostPort: number, hostIP?: string): KubeObject {
  const ports = [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }];
  return podObject(name, { containers: [{ name: 'web', image: 'i:1', ports }] });
}

function verdict(pod: KubeObject, beside: readonly KubeObject[] = [], room = boardFacts()): unknown {
  return rejectionOf(pod as unknown as Pod, beside as unknown as Pod[], room);
}

const words = (name: string, requested: number, used: number, capacity: number): string =>
  `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;

test('what fits is admitted, to the last millicore, byte and pod', () => {
  assert.equal(verdict(asking('a', { cpu: '4', memory: '4Gi' })), undefined);
  assert.equal(verdict(asking('a', { cpu: '1' }), [asking('b', { cpu: '3' })]), undefined);
  const room = boardFacts({ allocatable: { cpuMilli: 1, memoryBytes: 1, pods: 2 } });
  assert.equal(verdict(podObject('a'), [asking('b', { cpu: '3' })], room), undefined, 'it asks for nothing');
});

test('too little CPU, memory or room for pods: the kubelet’s reason and figures', () => {
  assert.deepEqual(verdict(asking('a', { cpu: '1500m' }), [asking('b', { cpu: '3' })]), {
    reason: 'OutOfcpu',
    message: words('cpu', 1_500, 3_000, 4_000),
  });
  assert.deepEqual(verdict(asking('a', { memory: '1Gi', cpu: '1' }), [asking('b', { memory: '3584Mi' })]), {
    reason: 'OutOfmemory',
    message: words('memory', GiB, 3.5 * GiB, 4 * GiB),
  });
  const room = boardFacts({ allocatable: { cpuMilli: 4_000, memoryBytes: GiB, pods: 1 } });
  assert.deepEqual(verdict(asking('a', { cpu: '9' }), [podObject('b')], room), {
    reason: 'OutOfpods',
    message: words('pods', 1, 1, 1),
  });
});

test('host ports: the same port and protocol on the same address, where none means all', () => {
  assert.deepEqual(verdict(onPort('a', 80), [onPort('b', 80, '10.0.0.1')]), {
    reason: 'NodePorts',
    message: 'Predicate NodePorts failed: host port TCP/80 is taken',
  });
  assert.equal(verdict(onPort('a', 81), [onPort('b', 80)]), undefined);
  assert.equal(verdict(onPort('a', 80, '10.0.0.1'), [onPort('b', 80, '10.0.0.2')]), undefined);
});

test('a selector or affinity is refused where what the board knows of itself speaks against it', () => {
  const term = (key: string, operator: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  });
  const affine = (...nodeSelectorTerms: object[]): KubeObject =>
    podObject('a', {
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    } as Partial<PodSpec>);
  const reason = (pod: KubeObject): string | undefined =>
    (verdict(pod) as { reason: string } | undefined)?.reason;
  const arch = 'kubernetes.io/arch';
  assert.equal(reason(podObject('a', { nodeSelector: { [arch]: 'amd64' } })), 'NodeAffinity');
  assert.equal(reason(podObject('a', { nodeSelector: { [arch]: 'arm64' } })), undefined);
  // Whether people gave the board this label only the controller knows.
  assert.equal(reason(podObject('a', { nodeSelector: { disk: 'ssd' } })), undefined);
  assert.equal(reason(affine(term(arch, 'In', 'amd64'))), 'NodeAffinity');
  assert.equal(reason(affine(term(arch, 'In', 'amd64'), term(arch, 'NotIn', 'amd64'))), undefined);
  assert.equal(reason(affine(term('disk', 'In', 'ssd'))), undefined);
  assert.equal(
    reason(affine({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['m'] }] })),
    'NodeAffinity',
  );
  assert.match(
    (verdict(affine(term(arch, 'DoesNotExist'))) as { message: string }).message,
    /^Predicate NodeAffinity failed: the board is n, kubernetes\.io\/arch=arm64/,
  );
});

function told(
  pods: readonly KubeObject[],
  before: Ledger = emptyLedger,
  room = boardFacts(),
  nowMs = 1_000,
): Ledger {
  const fence = { storeId, epoch: 1, sequence: (before.manifest?.fence.sequence ?? 0) + 1 };
  let ledger = before;
  const objects: Record<string, string> = {};
  for (const pod of pods) {
    const key = `pods/${pod.metadata.uid}`;
    const digest = digestOf('pods', pod);
    objects[key] = digest;
    ledger = acceptObject(
      ledger,
      key,
      { fence, digest, object: { ...boardView('pods', pod) } },
      100,
      nowMs,
      room,
    );
  }
  return acceptManifest(ledger, { fence, objects, podCIDRs: ['10.42.1.0/24'] }, nowMs, room);
}

const reasons = (ledger: Ledger): Record<string, string> =>
  Object.fromEntries([...ledger.pods.values()].map(({ name, final }) => [name, final?.reason ?? 'admitted']));

/** As the journal gives it back to the next agent. */
function rebooted(ledger: Ledger): Ledger {
  const records = recordsBetween(emptyLedger, ledger).map(({ key, value }) => [key, value] as const);
  return ledgerOf(new Map(JSON.parse(JSON.stringify(records)))).ledger;
}

const big = (name: string, createdAt = ''): KubeObject => {
  const pod = asking(name, { cpu: '3' });
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp: createdAt } };
};

test('of several pods that do not fit together the oldest is admitted; the other has failed, with no address', () => {
  const ledger = told([big('new', '2026-01-02T00:00:00Z'), big('old', '2026-01-01T00:00:00Z')]);
  assert.deepEqual(reasons(ledger), { old: 'admitted', new: 'OutOfcpu' });
  const record = ledger.pods.get('uid-new');
  assert.deepEqual(record?.final, {
    phase: 'Failed',
    reason: 'OutOfcpu',
    message: `Pod was rejected: ${words('cpu', 3_000, 3_000, 4_000)}`,
    startTime: '1970-01-01T00:00:01Z',
    qosClass: 'Burstable',
  });
  assert.deepEqual(record?.addresses, []);
});

test('what was admitted is not judged again: not after a restart, nor when the board has shrunk', () => {
  const small = boardFacts({ allocatable: { cpuMilli: 10, memoryBytes: 10, pods: 1 } });
  const before = told([big('a')]);
  const after = told([big('a')], rebooted(before), small);
  assert.deepEqual(reasons(after), { a: 'admitted' });
  assert.deepEqual(reasons(told([big('a'), podObject('b')], after, small)), {
    a: 'admitted',
    b: 'OutOfpods',
  });
  assert.deepEqual(
    reasons(told([big('a'), big('b')], rebooted(told([big('a'), big('b')])))),
    { a: 'admitted', b: 'OutOfcpu' },
    'nor is what has failed',
  );
});

test('a pod whose containers run here already was admitted once, though its record was lost', () => {
  const identity = { uid: 'uid-b', namespace: 'default', pod: 'b', container: 'web', init: false };
  const orphan = { ...identity, attempt: 0, failures: 0, specDigest: '', storeId, bootId: '' };
  const ledger = { ...told([big('a')]), orphans: new Map([['uid-b', orphan]]) };
  assert.deepEqual(reasons(told([big('a'), big('b')], ledger)), { a: 'admitted', b: 'admitted' });
});

test('a pod that has ended takes no room; one that is ending is waited for', () => {
  const ended = finish(told([big('a')]), 'uid-a', { phase: 'Succeeded' });
  assert.equal(reasons(told([big('a'), big('b')], ended))['b'], 'admitted');
  const ending = told([big('b')], told([big('a')]));
  assert.deepEqual(reasons(ending), { a: 'admitted' });
  assert.ok(ending.pods.get('uid-a')?.terminate);
  assert.equal(ending.complete, ending.manifest?.fence, 'the manifest is applied meanwhile');
  const gone = acknowledgeGone(ending, 'uid-a', storeId, 2_000, boardFacts());
  assert.deepEqual(reasons(gone), { b: 'admitted' });
  const never = told([asking('c', { cpu: '5' })], told([big('a')]));
  assert.deepEqual(reasons(never), { a: 'admitted', c: 'OutOfcpu' }, 'it would not fit then either');
});

test('a pod that nobody has looked at yet may have ended: for its room is waited, and it is given to nobody', () => {
  const ledger = { ...told([big('a')]), unseen: new Set(['uid-a']) };
  const waiting = told([big('a'), big('b'), podObject('c')], ledger);
  assert.deepEqual(reasons(waiting), { a: 'admitted', c: 'admitted' }, 'what fits beside it is admitted');
  const seen = { ...waiting, unseen: new Set<string>() };
  assert.equal(reasons(told([big('a'), big('b')], seen))['b'], 'OutOfcpu');
  const ended = finish(seen, 'uid-a', { phase: 'Succeeded' });
  assert.equal(reasons(told([big('a'), big('b')], ended))['b'], 'admitted');
});

test('a pod that was deleted before it arrived is not judged: it just ends', () => {
  const pod = big('b');
  const deleted = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const ledger = told([big('a'), deleted]);
  assert.deepEqual(reasons(ledger), { a: 'admitted', b: 'admitted' });
  assert.ok(ledger.pods.get('uid-b')?.terminate);
});
