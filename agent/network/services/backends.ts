import type { NetworkService } from '@bramble/protocol/messages/network.ts';

/** Somebody who serves one port of a Service. */
export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly node: string | undefined;
}

type Port = NetworkService['ports'][number];

/** Those who serve a port, in order of address, so that the same ones always make the same rules. */
export function backendsOf({ backends }: NetworkService, { name, protocol }: Port): Backend[] {
  const found = new Map<string, Backend>();
  for (const { ports, endpoints } of backends) {
    for (const { port } of ports.filter((each) => each.name === name && each.protocol === protocol))
      for (const { address, node } of endpoints) found.set(`${address} ${port}`, { address, port, node });
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, backend]) => backend);
}
