import type { LogsRequest } from '@bramble/protocol/messages/streams.ts';
import { timeOf } from '../pods/times.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import type { ContainerView, LogOptions } from '../runtime/port.ts';

export type LogSource =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** Which container's logs are meant, or why there are none: in the kubelet's words. */
export function logSource(request: LogsRequest, found: FoundContainer | undefined): LogSource {
  const { container, previous, uid } = request;
  if (!found) return { ok: false, code: 404, message: `pods "${uid}" not found` };
  if (!found.known) return bad(`container ${container} is not valid for pod ${found.pod}`);
  const view = previous ? found.previous : latest(found);
  if (view) return { ok: true, id: view.id };
  return previous
    ? bad(`previous terminated container "${container}" in pod "${found.pod}" not found`)
    : bad(`container "${container}" in pod "${found.pod}" is waiting to start: ${found.waiting}`);
}

/** The newest that has written anything. */
function latest({ current, previous }: FoundContainer): ContainerView | undefined {
  return current && current.state !== 'created' ? current : previous;
}

export function logOptions(request: LogsRequest, nowMs: number): LogOptions {
  const { follow, timestamps, tailLines, sinceSeconds, sinceTime } = request;
  const since = sinceSeconds === undefined ? sinceTime : timeOf(nowMs - sinceSeconds * 1_000);
  return { follow, timestamps, tailLines, since };
}

function bad(message: string): LogSource {
  return { ok: false, code: 400, message };
}
