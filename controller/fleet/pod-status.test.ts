import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { podNotes } from './pod-events.ts';
import { mergeStatus } from './pod-status.ts';
import { nodeSummary, podSummary } from './summaries.ts';
import { podNamed } from './testing/fleet-world.ts';

function withStatus(status: object, metadata: object = {}): KubeObject {
  return { ...podNamed('a', {}, metadata), status } as KubeObject;
}

const scheduled = { type: 'PodScheduled', status: 'True' };

test('a board writes its own conditions, and not those of the controller', () => {
  const pod = withStatus({ phase: 'Pending', qosClass: 'Burstable', conditions: [scheduled] });
  const reported = {
    phase: 'Running',
    qosClass: 'Guaranteed',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'PodScheduled', status: 'False' },
      { type: 'DisruptionTarget', status: 'True' },
    ],
  };
  const merged = mergeStatus(pod, reported);
  assert.deepEqual(merged['status'], {
    phase: 'Running',
    qosClass: 'Burstable',
    conditions: [scheduled, { type: 'Ready', status: 'True' }],
  });
  assert.equal(mergeStatus(merged, reported), merged, 'the same again is the same object');
  assert.deepEqual(merged['spec'], pod['spec']);
});

test('what is as the store shows it is so since then; what changed meanwhile, since later', () => {
  const ready = (status: string, time: string) => ({
    type: 'Ready',
    status,
    lastTransitionTime: `2026-01-01T00:${time}Z`,
  });
  const shown = withStatus({ phase: 'Running', conditions: [ready('True', '02:00')] });
  const report = (condition: object): object | undefined =>
    mergeStatus(shown, { phase: 'Running', conditions: [condition] })['status'] as object;
  assert.equal(report(ready('True', '01:00')), shown['status'], 'it was lost and is back: nothing to write');
  for (const changed of [ready('True', '03:00'), ready('False', '01:00')])
    assert.deepEqual(report(changed), { phase: 'Running', conditions: [changed] });
});

test('a report without a phase keeps the one that was; an end is final', () => {
  assert.deepEqual(mergeStatus(withStatus({ phase: 'Running' }), {})['status'], {
    phase: 'Running',
    conditions: [],
  });
  const ended = withStatus({ phase: 'Failed' });
  for (const phase of ['Running', 'Succeeded']) assert.equal(mergeStatus(ended, { phase }), ended, phase);
  const exit = { phase: 'Failed', message: 'exit 1' };
  assert.deepEqual(mergeStatus(ended, exit)['status'], { ...exit, conditions: [] });
});

function container(state: object, more: object = {}): object {
  return { phase: 'Running', containerStatuses: [{ name: 'main', state, ...more }] };
}

const seen = { type: 'Normal', reason: 'Started', message: 'Started container main', atMs: 5 } as const;

function reasons(before: object, after: object, numbers: readonly number[] = []): string[] {
  const notes = numbers.map((number) => ({ ...seen, number, fieldPath: 'spec.containers{main}' }));
  return podNotes(withStatus(before), withStatus(after), { notes }, 'pi-1').map(
    ({ number, note: { type, reason, atMs, fieldPath } }) =>
      [number, type, reason, atMs, fieldPath].filter((each) => each !== undefined).join(' '),
  );
}

test('what a board saw happen, and a reason that the whole pod got, become events', () => {
  const running = container({ running: {} });
  assert.deepEqual(reasons(running, running), []);
  assert.deepEqual(reasons({}, running, [7, 8]), [
    '7 Normal Started 5 spec.containers{main}',
    '8 Normal Started 5 spec.containers{main}',
  ]);
  const evicted = { phase: 'Failed', reason: 'Evicted' };
  assert.deepEqual(reasons({ phase: 'Running' }, evicted), ['Warning Evicted']);
  assert.deepEqual(reasons(evicted, evicted), []);
});

test('the line about a pod says what kubectl says', () => {
  const line = (status: object, metadata: object = {}): unknown =>
    podSummary(withStatus(status, metadata)).status;
  assert.equal(line({}), 'Pending');
  assert.equal(line({ phase: 'Running' }), 'Running');
  assert.equal(line(container({ waiting: { reason: 'ImagePullBackOff' } })), 'ImagePullBackOff');
  assert.equal(line(container({ terminated: { reason: 'Completed', exitCode: 0 } })), 'Completed');
  assert.equal(line(container({ terminated: { exitCode: 3 } })), 'ExitCode:3');
  assert.equal(line({ phase: 'Failed', reason: 'Evicted' }), 'Evicted');
  assert.equal(line({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }), 'Terminating');
});

test('the line about a board', () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'pi-1' },
    spec: { unschedulable: true },
    status: {
      conditions: [
        { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', lastTransitionTime: 't' },
      ],
      addresses: [
        { type: 'Hostname', address: 'pi-1' },
        { type: 'InternalIP', address: '192.0.2.1' },
      ],
    },
  };
  const { ready, schedulable, addresses, since, reason } = nodeSummary(node);
  assert.deepEqual(
    [ready, schedulable, addresses, since, reason],
    [false, false, ['192.0.2.1'], 't', 'NodeStatusUnknown'],
  );
});
