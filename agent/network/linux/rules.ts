import { type Cidr, cidrText } from '../addresses.ts';
import type { HostPort } from '../port.ts';

export interface PodPorts {
  readonly addresses: readonly string[];
  readonly hostPorts: readonly HostPort[];
}

export interface RuleInput {
  /** Also the name of the table. */
  readonly bridge: string;
  readonly podCidrs: readonly Cidr[];
  /** Destinations that see a pod's own address. */
  readonly clusterCidrs: readonly Cidr[];
  readonly pods: Iterable<PodPorts>;
  /** Rules see what goes from pod to pod over the bridge, so that answers find their way back through them. */
  readonly bridgeFilters: boolean;
}

/**
 * The whole table, for `nft -f`, which replaces it in one transaction: connections under way keep their translation.
 * Nothing of anybody else's is touched.
 */
export function ruleset(input: RuleInput): string {
  const { bridge } = input;
  const pods = [...input.pods];
  const hostPortRules = pods.flatMap((pod) => pod.hostPorts.flatMap((port) => translations(pod, port)));
  return `table inet ${bridge}
delete table inet ${bridge}
table inet ${bridge} {
  # The bridge routes 127.0.0.0/8 for host ports reached from the board itself; pods must not get in that way.
  chain loopback_guard {
    type filter hook prerouting priority -300; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    fib daddr type local jump host_ports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump host_ports
  }
  chain host_ports {
${hostPortRules.map((rule) => `    ${rule}\n`).join('')}  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    oifname "${bridge}" ip saddr 127.0.0.0/8 masquerade
${masquerades({ ...input, pods })
  .map((rule) => `    ${rule}\n`)
  .join('')}  }
}
`;
}

function masquerades({ bridge, podCidrs, clusterCidrs, bridgeFilters, pods }: RuleInput): string[] {
  // A pod that reaches itself through a host port would drop what seems to come from its own address.
  const selves = [...pods].flatMap(({ addresses }) =>
    addresses.map((address) => {
      const family = familyOf(address.includes(':') ? 6 : 4);
      return `oifname "${bridge}" ${family} saddr ${address} ${family} daddr ${address} ct status dnat masquerade`;
    }),
  );
  const others = podCidrs.flatMap((cidr) => {
    const family = familyOf(cidr.version);
    const inside = clusterCidrs.filter((other) => other.version === cidr.version).map(cidrText);
    const outside = inside.length === 0 ? '' : `${family} daddr != { ${inside.join(', ')} } `;
    return [
      // Unseen, an answer to another pod of this board would come from an address that it never called.
      ...(bridgeFilters
        ? []
        : [`oifname "${bridge}" ${family} saddr ${cidrText(cidr)} ct status dnat masquerade`]),
      `oifname != "${bridge}" ${family} saddr ${cidrText(cidr)} ${outside}masquerade`,
    ];
  });
  return [...selves, ...others];
}

function translations(pod: PodPorts, port: HostPort): string[] {
  return pod.addresses.flatMap((address) => {
    const version = address.includes(':') ? 6 : 4;
    const onlyAt = specificAddress(port.hostIP);
    if (onlyAt !== undefined && onlyAt.includes(':') !== (version === 6)) return [];
    const family = familyOf(version);
    const condition = onlyAt === undefined ? `meta nfproto ipv${version}` : `${family} daddr ${onlyAt}`;
    const target = version === 6 ? `[${address}]` : address;
    const match = `${condition} ${port.protocol.toLowerCase()} dport ${port.hostPort}`;
    return [`${match} dnat ${family} to ${target}:${port.containerPort}`];
  });
}

const specificAddress = (hostIP: string | undefined) =>
  hostIP === undefined || hostIP === '' || hostIP === '0.0.0.0' || hostIP === '::' ? undefined : hostIP;

const familyOf = (version: 4 | 6) => (version === 4 ? 'ip' : 'ip6');
