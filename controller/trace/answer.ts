import type { Status } from '../apiserver/request.ts';
import { failure } from '../apiserver/status.ts';
import type { ObjectStore } from '../store/types.ts';
import type { PodTrace, TraceRecorder } from './recorder.ts';

export interface TracePorts {
  readonly trace: TraceRecorder;
  readonly store: Pick<ObjectStore, 'get'>;
}

/** A pod's trace, or a Status that says why there is none. */
export function traceOf(
  { trace, store }: TracePorts,
  namespace: string,
  name: string,
): { readonly code: number; readonly body: PodTrace | Status } {
  const stored = store.get(`/registry/pods/${namespace}/${name}`);
  if (!stored) return notFound(`pods "${name}" not found`);
  const found = trace.get(stored.object.metadata.uid ?? '');
  if (found) return { code: 200, body: found };
  return notFound(`pod "${name}" was created before this controller started: its trace is not kept`);
}

function notFound(message: string): { readonly code: number; readonly body: Status } {
  return { code: 404, body: failure(404, 'NotFound', message) };
}
