import type { NetworkService } from '@bramble/protocol/messages/network.ts';

/** One port of one endpoint, or of an address of a Service. */
export interface ServiceTarget {
  readonly address: string;
  readonly hostname: string | undefined;
  /** Of the port; empty where it has none. */
  readonly name: string;
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string;
  readonly port: number;
}

export function servicePorts({ ports }: NetworkService): Pick<ServiceTarget, 'name' | 'protocol' | 'port'>[] {
  return ports.map(({ name, protocol, port }) => ({ name, protocol: protocol.toLowerCase(), port }));
}

/** Everyone behind a Service, once for each port; once without a port when it has none. */
export function targetsOf({ backends }: NetworkService): ServiceTarget[] {
  return backends.flatMap(({ ports, endpoints }) => {
    const served = ports.map(({ name, protocol, port }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    }));
    const each = served.length > 0 ? served : [{ name: '', protocol: '', port: 0 }];
    return endpoints.flatMap(({ address, hostname }) => each.map((port) => ({ address, hostname, ...port })));
  });
}

/** What an endpoint is called below its Service. */
export function endpointName({ hostname, address }: ServiceTarget): string {
  return hostname ?? address.replaceAll(/[.:]/g, '-');
}
