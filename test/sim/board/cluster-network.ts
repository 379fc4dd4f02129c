import type { Zone } from '@bramble/agent/dns/zone.ts';
import type { ClusterNetworkPorts } from '@bramble/agent/network/cluster-state.ts';
import type { Route } from '@bramble/agent/network/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, type Machine, operationMs } from './machine.ts';

/** A board's part in the cluster network: rules and routes are gone with a reboot, names with the agent, the file never. */
export class SimClusterNetwork {
  /** What the kernel has: the last whole table, and what was changed since. */
  rules: string[] = [];
  routes: readonly Route[] = [];
  /** What the agent that runs answers by; `undefined`: nothing is known. */
  zone: Zone | undefined;
  readonly #address: string;
  #file: string | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  reboot(): void {
    this.rules = [];
    this.routes = [];
    this.zone = undefined;
  }

  port(process: ProcessHost, machine: Machine): Omit<ClusterNetworkPorts, 'podCIDRs'> & { bridge: string } {
    const later = <T>(act: () => T): Promise<T> =>
      process.whileAlive(() => afterwards(machine, operationMs(machine), act));
    return {
      bridge: 'bramble0',
      saved: this.#file,
      network: {
        look: () => later(() => this.#surroundings()),
        audit: () => later(() => ({ present: this.rules.length > 0, opened: undefined })),
        applyRules: (rules) => later(() => this.#apply(rules)),
        applyRoutes: (wanted) =>
          later(() => {
            this.routes = wanted;
          }),
      },
      dns: {
        listen: () => later(() => ({ port: 53 })),
        update: (zone) => {
          this.zone = zone;
        },
        close: () => {},
      },
      file: {
        write: (content) =>
          later(() => {
            if (machine.diskFull) throw new Error('no space left on the card');
            this.#file = content;
          }),
      },
    };
  }

  #surroundings() {
    return { addresses: [this.#address], subnets: [`${this.#address}/24`], routes: this.routes };
  }

  #apply(rules: string): void {
    if (/^delete table/m.test(rules)) this.rules = [rules];
    else if (this.rules.length === 0) throw new Error('there is no such table');
    else this.rules.push(rules);
  }
}
