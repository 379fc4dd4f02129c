import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { StoredObject } from '../store/types.ts';
import { TraceRecorder } from './recorder.ts';
import { traceBinding, traceReport, traceWrites } from './writes.ts';

const pod = { uid: 'u', namespace: 'default', name: 'a' };
const stored = {
  object: { metadata: { name: 'a', namespace: 'default', uid: 'u' } },
} as unknown as StoredObject;
const host = { now: () => 50 };

function report(stages: Record<string, number>, phase = 'Pending'): PodReport {
  return {
    ...pod,
    boot: 1,
    sequence: 1,
    observed: '',
    status: { phase },
    gone: false,
    unclaimed: false,
    stages,
  };
}

test('the steps of a life, in order, with who did them', () => {
  const trace = new TraceRecorder();
  traceWrites(trace, {
    ...pod,
    resource: 'pods',
    subresource: undefined,
    verb: 'create',
    user: 'anna',
    receivedAt: 1,
    admittedAt: 2,
    storedAt: 3,
    revision: 9,
  });
  traceBinding(trace, { ...pod } as never, 'pi-1', { now: () => 4 });
  traceReport(trace, report({ received: 5, network: 6, started: 7, invented: 8 }), stored, 'pi-1', host);
  traceReport(trace, report({ received: 99, running: 9 }, 'Running'), stored, 'pi-1', host);
  const found = trace.get('u');
  assert.deepEqual(
    found?.steps.map(({ step, at }) => [step, at]),
    [
      ['client', 1],
      ['api server', 2],
      ['store', 3],
      ['scheduler', 4],
      ['agent', 5],
      ['network', 6],
      ['runtime', 7],
      ['lifecycle', 9],
      ['lifecycle', 50],
    ],
  );
  assert.equal(found?.steps[0]?.who, 'anna');
  assert.ok(found?.steps.slice(4, 8).every(({ clock, who }) => clock === 'board' && who.endsWith('on pi-1')));
});

test('writes other than the creation of a pod are no step', () => {
  const trace = new TraceRecorder();
  const write = { ...pod, user: 'anna', receivedAt: 1, admittedAt: 2, storedAt: 3, revision: 9 };
  traceWrites(trace, { ...write, resource: 'pods', subresource: 'status', verb: 'update' });
  traceWrites(trace, { ...write, resource: 'pods', subresource: undefined, verb: 'delete' });
  traceWrites(trace, { ...write, resource: 'secrets', subresource: undefined, verb: 'create' });
  assert.equal(trace.get('u'), undefined);
});

test('G8: only the newest pods are remembered', () => {
  const trace = new TraceRecorder();
  for (let index = 0; index < 2_500; index += 1)
    traceBinding(trace, { ...pod, uid: `u${index}` } as never, 'pi-1', host);
  assert.equal(trace.get('u499'), undefined);
  assert.ok(trace.get('u500'));
  assert.ok(trace.get('u2499'));
});
