import type { Causes } from '../causes.ts';
import type { HTTPGetAction, Lifecycle, Probe } from '../types.generated.ts';
import { portName } from './names.ts';
import { checkNotNegative, checkOneOf, checkPort, isSet } from './numbers.ts';

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** What probes and hooks have in common. */
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & {
  readonly sleep?: { readonly seconds: number } | undefined;
};

/** `oneSuccess`: liveness and startup end with their first success. */
export function validateProbe(causes: Causes, path: string, probe: Probe, oneSuccess: boolean): void {
  validateHandler(causes, path, probe);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'failureThreshold',
  ] as const) {
    checkNotNegative(causes, `${path}.${field}`, probe[field]);
  }
  const { successThreshold } = probe;
  checkNotNegative(causes, `${path}.successThreshold`, successThreshold);
  if (oneSuccess && isSet(successThreshold) && successThreshold > 1) {
    causes.invalid(`${path}.successThreshold`, successThreshold, 'must be 1');
  }
}

export function validateLifecycle(causes: Causes, path: string, { postStart, preStop }: Lifecycle): void {
  if (postStart) validateHandler(causes, `${path}.postStart`, postStart);
  if (preStop) validateHandler(causes, `${path}.preStop`, preStop);
}

function validateHandler(causes: Causes, path: string, handler: Handler): void {
  const [first, ...others] = handlers.filter((name) => handler[name]);
  if (!first) causes.required(path, 'must specify a handler type');
  for (const other of others)
    causes.forbidden(`${path}.${other}`, 'may not specify more than 1 handler type');
  if (handler.exec && (handler.exec.command ?? []).length === 0) causes.required(`${path}.exec.command`);
  if (handler.httpGet) validateHttpGet(causes, `${path}.httpGet`, handler.httpGet);
  if (handler.tcpSocket) validatePort(causes, `${path}.tcpSocket.port`, handler.tcpSocket.port);
  if (handler.grpc) checkPort(causes, `${path}.grpc.port`, handler.grpc.port ?? 0);
}

function validateHttpGet(causes: Causes, path: string, get: HTTPGetAction): void {
  validatePort(causes, `${path}.port`, get.port);
  checkOneOf(causes, `${path}.scheme`, get.scheme, ['HTTP', 'HTTPS']);
  for (const [at, header] of (get.httpHeaders ?? []).entries()) {
    if (/^[-A-Za-z0-9]+$/.test(header.name ?? '')) continue;
    const detail =
      "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    causes.invalid(`${path}.httpHeaders[${at}].name`, header.name, detail);
  }
}

/** A number, or the name of one of the container's ports. */
export function validatePort(causes: Causes, field: string, port: number | string | null | undefined): void {
  if (typeof port === 'string') causes.invalidEach(field, port, portName(port));
  else checkPort(causes, field, port ?? 0);
}
