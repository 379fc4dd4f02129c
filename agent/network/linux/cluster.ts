import { networkInterfaces } from 'node:os';
import { run } from '@bramble/adapters/host/run.ts';
import { isInside } from '../../board/linux/proc.ts';
import type { Audit, BoardSurroundings, ClusterNetwork, Route } from '../port.ts';
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
    const addresses = new Set<string>();
    const subnets = new Set<string>();
    for (const [name, entries = []] of Object.entries(networkInterfaces())) {
      const ours = name === this.#bridge || isInside(name);
      for (const { address, cidr } of entries) {
        addresses.add(address);
        if (!ours && cidr && isNeighbourhood(address, cidr)) subnets.add(cidr);
      }
    }
    return { addresses: [...addresses], subnets: [...subnets], routes: await gatewayRoutes() };
  }

  applyRules(rules: string): Promise<void> {
    return nft(rules);
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

  /** One program is started for it, where no other firewall is. */
  async audit(table: string): Promise<Audit> {
    const { stdout } = await run('nft', ['list', 'tables'], { timeoutMs });
    const tables = new Set(stdout.split('\n'));
    const opened = tables.has('table ip filter') ? await this.#openForwarding() : undefined;
    return { present: tables.has(`table inet ${table}`), opened };
  }

  /** Docker, ufw and their like keep their rules in iptables' table, which nft sees; one drop there is final. */
  async #openForwarding(): Promise<string | undefined> {
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

/** A network as wide as all of IPv4 would make every machine a neighbour. */
function isNeighbourhood(address: string, cidr: string): boolean {
  return !cidr.endsWith('/0') && !/^(fe80:|169\.254\.|127\.)/i.test(address);
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
