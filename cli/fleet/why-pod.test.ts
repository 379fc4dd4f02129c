import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeEvent, PodObject } from './objects.ts';
import { type BoardFact, explainPod } from './why-pod.ts';

const board: BoardFact = { name: 'pi-1', ready: true, since: '2026-01-01T00:00:00Z' };

function pod(
  status: PodObject['status'],
  metadata: object = {},
  spec: object = { nodeName: 'pi-1' },
): PodObject {
  return {
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
    status: status ?? {},
  };
}

function waiting(reason: string, message: string, lastState: object = {}): PodObject {
  const container = {
    name: 'main',
    image: 'x:1',
    restartCount: 3,
    state: { waiting: { reason, message } },
    lastState,
  };
  return pod({ phase: 'Pending', containerStatuses: [container] });
}

function event(reason: string, message: string, lastTimestamp = '2026-01-01T00:00:00Z'): KubeEvent {
  return { metadata: { name: 'e' }, reason, message, lastTimestamp };
}

const text = (
  of: PodObject,
  events: readonly KubeEvent[] = [],
  on: BoardFact | undefined = board,
): string => {
  const { verdict, because, next } = explainPod(of, events, on);
  return [verdict, ...because, ...next].join('\n');
};

test('a pod without a board: the newest word of the scheduler', () => {
  const events = [
    event('FailedScheduling', 'new', '2026-01-01T00:00:09Z'),
    event('FailedScheduling', 'old', '2026-01-01T00:00:01Z'),
  ];
  assert.match(text(pod({ phase: 'Pending' }, {}, {}), events, undefined), /has no board yet\.\nnew\n/);
  assert.match(text(pod({ phase: 'Pending' }, {}, {}), [], undefined), /has not said why/);
});

test('a board that is not in touch comes before what was last heard of the pod', () => {
  const lost = { ...board, ready: false };
  assert.match(
    text(pod({ phase: 'Running' }), [], lost),
    /not in touch\.\nBoard pi-1 has been silent since 2026/,
  );
  assert.match(
    text(pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), [], lost),
    /--force --grace-period=0/,
  );
});

test('images, crashes and endings each have their own words', () => {
  assert.match(
    text(waiting('ImagePullBackOff', 'x'), [event('Failed', 'manifest unknown')]),
    /needs x:1\. manifest unknown/,
  );
  const oom = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  assert.match(
    text(waiting('CrashLoopBackOff', '', oom)),
    /started 4 times\. It took more memory than its limit/,
  );
  const missing = { terminated: { exitCode: 127, reason: 'StartError' } };
  assert.match(text(waiting('CrashLoopBackOff', '', missing)), /127: what it was told to run is not there/);
  assert.match(
    text(waiting('CreateContainerConfigError', 'configmap "c" not found')),
    /configmap "c" not found/,
  );
  const failed = pod({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' });
  assert.match(text(failed), /has failed.*\nDeadlineExceeded: too long/);
});

test('not ready, and well', () => {
  const conditions = [{ type: 'Ready', status: 'False' }];
  const running = { phase: 'Running', conditions, containerStatuses: [{ name: 'main', ready: false }] };
  assert.match(
    text(pod(running), [event('Unhealthy', 'Readiness probe failed: 503')]),
    /not ready\.\nReadiness probe failed: 503/,
  );
  const well = { phase: 'Running', podIP: '10.0.0.2', conditions: [{ type: 'Ready', status: 'True' }] };
  assert.match(text(pod(well)), /is well: it runs on pi-1 with address 10\.0\.0\.2/);
});
