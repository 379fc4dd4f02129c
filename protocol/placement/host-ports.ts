import type { PodSpec } from '../schema/types.generated.ts';

/** `protocol/port` and the host address it is bound to; the empty address means all of them. */
export interface HostPortUse {
  readonly port: string;
  readonly address: string;
}

export function hostPortsOf(spec: PodSpec): HostPortUse[] {
  const uses: HostPortUse[] = [];
  for (const container of spec.containers ?? []) {
    for (const port of container.ports ?? []) {
      const number = port.hostPort ?? (spec.hostNetwork === true ? port.containerPort : undefined);
      if (number === undefined || number === 0) continue;
      const address = port.hostIP === undefined || port.hostIP === '0.0.0.0' ? '' : port.hostIP;
      uses.push({ port: `${port.protocol ?? 'TCP'}/${number}`, address });
    }
  }
  return uses;
}

/** The first of the wanted ports that one in use stands in the way of. */
export function takenPort(
  wanted: readonly HostPortUse[],
  used: readonly HostPortUse[],
): HostPortUse | undefined {
  return wanted.find((mine) => used.some((theirs) => clash(mine, theirs)));
}

function clash(a: HostPortUse, b: HostPortUse): boolean {
  return a.port === b.port && (a.address === '' || b.address === '' || a.address === b.address);
}
