import type {
  ContainerPort,
  HTTPGetAction,
  LifecycleHandler,
  Probe,
} from '@bramble/protocol/schema/types.generated.ts';
import { type ContainerRuntime, RuntimeError } from '../runtime/port.ts';
import type { Answer, HttpCheck, ProbeConnections } from './port.ts';

/** What probes and hooks have in common; a hook's `sleep` is a timer's business. */
export type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> &
  Pick<LifecycleHandler, 'sleep'>;

/** One container that is to be asked. */
export interface Subject {
  /** Its id in the runtime. */
  readonly id: string;
  /** The pod's address. */
  readonly host: string;
  readonly ports: readonly ContainerPort[];
}

export interface HandlerPorts {
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly connections: ProbeConnections;
}

/** Tries a probe's or hook's handler once. @throws RuntimeError `unavailable`: try again. */
export async function tryHandler(
  handler: Handler,
  subject: Subject,
  { runtime, connections }: HandlerPorts,
  timeoutMs: number,
): Promise<Answer> {
  const { exec, httpGet, tcpSocket, grpc } = handler;
  if (exec) return tryCommand(exec.command ?? [], subject.id, runtime, timeoutMs);
  if (grpc) return connections.grpc(subject.host, grpc.port, grpc.service ?? '', timeoutMs);
  const named = httpGet?.port ?? tcpSocket?.port;
  const port = named === undefined ? undefined : portOf(named, subject.ports);
  if (port === undefined)
    return { outcome: 'error', output: `the container has no port ${JSON.stringify(named ?? '')}` };
  if (httpGet) return connections.http(httpCheck(httpGet, port, subject.host), timeoutMs);
  return connections.tcp(tcpSocket?.host || subject.host, port, timeoutMs);
}

async function tryCommand(
  command: readonly string[],
  id: string,
  runtime: Pick<ContainerRuntime, 'exec'>,
  timeoutMs: number,
): Promise<Answer> {
  try {
    const { exitCode, output } = await runtime.exec(id, command, { timeoutMs });
    if (exitCode === 0) return { outcome: 'success', output };
    if (exitCode !== undefined) return { outcome: 'failure', output };
    const words = JSON.stringify(command.join(' '));
    return {
      outcome: 'failure',
      output: `command timed out: ${words} timed out after ${timeoutMs / 1_000}s`,
    };
  } catch (error) {
    // A runtime that does not answer is nothing that a command came to.
    if (!(error instanceof RuntimeError) || error.reason === 'unavailable') throw error;
    return { outcome: error.reason === 'gone' ? 'gone' : 'error', output: error.message };
  }
}

/** A number, in digits too, or the name of one of the container's ports. */
export function portOf(port: number | string, ports: readonly ContainerPort[]): number | undefined {
  const number = ports.find(({ name }) => name === port)?.containerPort ?? Number(port);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}

function httpCheck(
  { scheme, host, path, httpHeaders }: HTTPGetAction,
  port: number,
  podHost: string,
): HttpCheck {
  const from = path || '/';
  return {
    scheme: scheme?.toUpperCase() === 'HTTPS' ? 'https' : 'http',
    host: host || podHost,
    port,
    path: from.startsWith('/') ? from : `/${from}`,
    headers: httpHeaders ?? [],
  };
}
