import type { Host } from '@bramble/actors/index.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { WriteTrace } from '../apiserver/ports.ts';
import type { PodFacts } from '../scheduler/facts.ts';
import type { StoredObject } from '../store/types.ts';
import type { TraceRecorder } from './recorder.ts';

/** Notes what the creation of a pod took in the API server and the store. */
export function traceWrites(trace: TraceRecorder, write: WriteTrace): void {
  if (write.resource !== 'pods' || write.subresource !== undefined || write.verb !== 'create') return;
  const pod = { uid: write.uid, namespace: write.namespace ?? '', name: write.name };
  const clock = 'controller' as const;
  trace.note(pod, 'client', {
    step: 'client',
    who: write.user,
    what: 'handed it over',
    at: write.receivedAt,
    clock,
  });
  trace.note(pod, 'api server', {
    step: 'api server',
    who: 'controller/apiserver',
    what: 'authenticated, authorized, validated, defaulted',
    at: write.admittedAt,
    clock,
  });
  trace.note(pod, 'store', {
    step: 'store',
    who: 'controller/store',
    what: `wrote it to disk as revision ${write.revision}`,
    at: write.storedAt,
    clock,
  });
}

/** Notes that a binding is on disk. */
export function traceBinding(
  trace: TraceRecorder,
  pod: PodFacts,
  node: string,
  host: Pick<Host, 'now'>,
): void {
  trace.note(pod, 'scheduler', {
    step: 'scheduler',
    who: 'controller/scheduler',
    what: `bound it to ${node}`,
    at: host.now(),
    clock: 'controller',
  });
}

/** Notes what a board says of its stages, and when the controller first heard of the pod running. */
export function traceReport(
  trace: TraceRecorder,
  report: PodReport,
  pod: StoredObject,
  node: string,
  host: Pick<Host, 'now'>,
): void {
  trace.noteReport(report, pod, node);
  if (report.status['phase'] !== 'Running') return;
  trace.note({ uid: report.uid, namespace: report.namespace, name: report.name }, 'reported', {
    step: 'lifecycle',
    who: 'controller/fleet',
    what: 'received the status Running',
    at: host.now(),
    clock: 'controller',
  });
}
