import { networkInterfaces } from 'node:os';
import { run } from '@bramble/adapters/host/run.ts';
import { isInside } from '../../board/linux/proc.ts';
import { parseCidr } from '../addresses.ts';
import type { BoardSurroundings, ClusterNetwork, Route } from '../port.ts';
import { routeChanges } from '../routes.ts';
import { ipBatch, nft } from './commands.ts';
import { answerOnLoopback, gatewayRoutes } from './kernel.ts';

export interface LinuxClusterNetworkOptions {
  readonly bridge: string;
  /** Addresses of all boards' pods: routes inside it are ours. */
  readonly clusterCIDR: string;
}

const timeoutMs = 20_000;

/** Services and ways between boards in the network namespace of this process, by `ip`, `nft` and `iptables`. */
export class LinuxClusterNetwork implements ClusterNetwork {
  readonly #bridge: string;
  readonly #clusterCidr: string;

  constructor({ bridge, clusterCIDR }: LinuxClusterNetworkOptions) {
    this.#bridge = bridge;
    this.#clusterCidr = clusterCIDR;
  }

  async look(): Promise<BoardSurroundings> {
    const all = Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
      (entries ?? []).map((entry) => ({ name, address: entry.address, cidr: entry.cidr })),
    );
    const addresses = all.map(({ address }) => address);
    const outside = all.filter(
      ({ name, address }) =>
        name !== this.#bridge && !isInside(name) && !/^(fe80:|169\.254\.|127\.)/i.test(address),
    );
    const subnets = outside.flatMap(({ cidr }) => {
      // A network as wide as all of IPv4 would make every machine a neighbour.
      return cidr && (parseCidr(cidr)?.prefix ?? 0) > 0 ? [cidr] : [];
    });
    return { addresses: unique(addresses), subnets: unique(subnets), routes: await gatewayRoutes() };
  }

  applyRules(rules: string): Promise<void> {
    return nft(rules);
  }

  async hasTable(name: string): Promise<boolean> {
    const { code } = await run('nft', ['list', 'map', 'inet', name, 'node_ports'], { timeoutMs });
    return code === 0;
  }

  async applyRoutes(wanted: readonly Route[], serviceCidr: string | undefined): Promise<void> {
    const present = await gatewayRoutes();
    await ipBatch([
      ...routeChanges(wanted, present, this.#clusterCidr),
      // The board's own calls to a Service need a way to take before they are translated, also without a default route.
      ...(serviceCidr === undefined ? [] : [`route replace ${serviceCidr} dev ${this.#bridge}`]),
    ]);
    const after = await gatewayRoutes();
    const ours = new Set(wanted.map(({ destination }) => destination));
    for (const device of unique(
      after.filter((route) => ours.has(route.destination)).map((each) => each.device),
    ))
      await answerOnLoopback(device);
  }

  /** Docker, ufw and their like keep their rules in iptables' table, which nft sees; one drop there is final. */
  async openForwarding(): Promise<string | undefined> {
    const listed = await run('nft', ['list', 'table', 'ip', 'filter'], { timeoutMs });
    const forward = /chain FORWARD \{[^}]*policy drop;/.test(listed.stdout);
    if (listed.code !== 0 || !forward) return undefined;
    // Docker leaves this chain to others, and calls it first.
    const chain = /jump DOCKER-USER/.test(listed.stdout) ? 'DOCKER-USER' : 'FORWARD';
    const wanted = ['iifname', 'oifname'].map((side) => `${side} "${this.#bridge}"`);
    const lacking = wanted.filter((side) => !new RegExp(`${side}[^\n]* accept`).test(listed.stdout));
    if (lacking.length === 0) return undefined;
    await nft(lacking.map((side) => `insert rule ip filter ${chain} ${side} counter accept\n`).join(''));
    return `in ${chain}: ${lacking.join(', ')} accept`;
  }
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
