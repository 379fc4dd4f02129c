import type { PodNetwork } from '@bramble/agent/network/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, type Machine, operationMs } from './machine.ts';

/** The network namespaces of a machine: gone with a reboot, not with the agent. */
export class SimNetwork {
  /** Uid → addresses. */
  readonly namespaces = new Map<string, readonly string[]>();
  readonly #onAttached: (uid: string, addresses: readonly string[]) => void;

  constructor(onAttached: (uid: string, addresses: readonly string[]) => void) {
    this.#onAttached = onAttached;
  }

  port(process: ProcessHost, machine: Machine): PodNetwork {
    const later = <T>(act: () => T): Promise<T> =>
      process.whileAlive(() => afterwards(machine, operationMs(machine), act));
    return {
      prepare: () => later(() => undefined),
      attach: ({ uid, addresses }) => later(() => this.#attach(uid, addresses)),
      detach: (uid) => later(() => void this.namespaces.delete(uid)),
      list: () => later(() => [...this.namespaces.keys()]),
      addressesOf: (uid) => later(() => this.namespaces.get(uid) ?? []),
    };
  }

  #attach(uid: string, addresses: readonly string[]): { path: string } {
    this.#onAttached(uid, addresses);
    this.namespaces.set(uid, addresses);
    return { path: `/run/netns/${uid}` };
  }
}
