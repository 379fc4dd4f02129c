import type { ContainerRequest } from '@bramble/protocol/messages/streams.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import type { ContainerRuntime, ContainerSession, SessionOptions } from '../runtime/port.ts';
import type { UsageMeter } from '../usage/port.ts';
import { logOptions, logSource } from './log-source.ts';
import type { PortDialer } from './port-dialer.ts';
import { readOnly } from './read-only.ts';

export interface EndpointPorts {
  readonly runtime: Pick<ContainerRuntime, 'logs' | 'execSession' | 'attachSession'>;
  readonly portDialer?: PortDialer | undefined;
  readonly usage?: UsageMeter | undefined;
}

/** Begins what was asked for. */
export type OpenEndpoint = (
  nowMs: number,
  signal: AbortSignal,
) => ContainerSession | Promise<ContainerSession>;

export type Chosen =
  | { readonly ok: true; readonly open: OpenEndpoint }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** What a request means on this board, or why it cannot be had: in the kubelet's words. */
export function chooseEndpoint(
  request: ContainerRequest,
  found: FoundContainer | undefined,
  ports: EndpointPorts,
): Chosen {
  if (request.type === 'logs') return logsEndpoint(request, found, ports);
  const { uid, container } = request;
  if (!found) return { ok: false, code: 404, message: `pods "${uid}" not found` };
  const { current } = found;
  if (!found.known) return refused(400, `container ${container} is not valid for pod ${found.pod}`);
  if (current?.state !== 'running')
    return refused(400, `container "${container}" in pod "${found.pod}" is not running`);
  if (request.type === 'exec') {
    const { command } = request;
    return chosen(() => ports.runtime.execSession(current.id, command, sessionOptions(request)));
  }
  if (request.type === 'attach')
    return chosen(() => ports.runtime.attachSession(current.id, sessionOptions(request)));
  const { portDialer } = ports;
  if (!portDialer) return refused(501, 'this board does not forward ports');
  return chosen(() => portDialer.dial(current.pid, request.port));
}

function logsEndpoint(
  request: Extract<ContainerRequest, { type: 'logs' }>,
  found: FoundContainer | undefined,
  { runtime }: EndpointPorts,
): Chosen {
  const source = logSource(request, found);
  if (!source.ok) return source;
  return chosen((nowMs, signal) => {
    const output = runtime.logs(source.id, logOptions(request, nowMs), signal);
    return readOnly(limited(output, request.limitBytes));
  });
}

const chosen = (open: OpenEndpoint): Chosen => ({ ok: true, open });
const refused = (code: number, message: string): Chosen => ({ ok: false, code, message });

function sessionOptions({ stdin, stdout, stderr, tty }: SessionOptions): SessionOptions {
  return { stdin, stdout, stderr, tty };
}

type Output = ContainerSession['output'];

/** Cut off after so many bytes, in the middle of a line if need be. */
async function* limited(output: Output, limitBytes = Number.POSITIVE_INFINITY): Output {
  let left = limitBytes;
  for await (const { stream, bytes } of output) {
    yield { stream, bytes: bytes.subarray(0, left) };
    left -= bytes.length;
    if (left <= 0) return;
  }
}
