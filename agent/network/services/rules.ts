import { createHash } from 'node:crypto';
import type { NetworkService } from '@bramble/protocol/messages/network.ts';
import { type Cidr, cidrText, contains } from '../addresses.ts';
import { type Backend, backendsOf } from './backends.ts';
import type { Table } from './table.ts';

export interface ServiceRulesInput {
  readonly bridge: string;
  readonly node: string;
  /** This board's share of the pods' addresses. */
  readonly podCidrs: readonly Cidr[];
  /** This board's own addresses. */
  readonly ownAddresses: readonly string[];
  readonly serviceCidr: Cidr | undefined;
  readonly clusterDns: string | undefined;
  /** Where this board answers DNS. */
  readonly dnsServer: { readonly address: string; readonly port: number } | undefined;
  readonly services: readonly NetworkService[];
}

export const servicesTable = (bridge: string): string => `${bridge}-services`;

interface Parts {
  readonly services: Map<string, string>;
  readonly nodePorts: Map<string, string>;
  readonly deadPorts: Map<string, string>;
  readonly hairpins: Map<string, string>;
  readonly farEndpoints: Map<string, string>;
  readonly chains: Map<string, readonly string[]>;
}

type Port = NetworkService['ports'][number];

/** Where calls to a Service's addresses and ports go, as one table of nftables. IPv4. */
export function serviceRules(input: ServiceRulesInput): Table {
  const parts: Parts = {
    services: new Map(),
    nodePorts: new Map(),
    deadPorts: new Map(),
    hairpins: new Map(),
    farEndpoints: new Map(),
    chains: new Map(),
  };
  for (const service of input.services)
    for (const port of service.ports) addPort(parts, input, service, port);
  addClusterDns(parts, input);
  return {
    name: servicesTable(input.bridge),
    frame: frame(input),
    chains: parts.chains,
    elements: new Map([
      ['services', parts.services],
      ['node_ports', parts.nodePorts],
      ['dead_ports', parts.deadPorts],
      ['hairpins', parts.hairpins],
      ['far_endpoints', parts.farEndpoints],
    ]),
  };
}

function addPort(parts: Parts, input: ServiceRulesInput, service: NetworkService, port: Port): void {
  const protocol = port.protocol.toLowerCase();
  const all = backendsOf(service, port).filter(({ address }) => !address.includes(':'));
  const local = all.filter(({ node }) => node === input.node);
  for (const backend of all) noteBackend(parts, input, backend, protocol);
  const inside = service.internalLocal ? local : all;
  if (inside.length > 0) {
    const chain = addChain(parts, service, port, inside);
    for (const address of service.clusterIPs.filter((each) => !each.includes(':')))
      parts.services.set(`${address} . ${protocol} . ${port.port}`, ` : goto ${chain}`);
  }
  if (port.nodePort === undefined) return;
  const outside = service.externalLocal ? local : all;
  const key = `${protocol} . ${port.nodePort}`;
  if (outside.length === 0) parts.deadPorts.set(key, '');
  else parts.nodePorts.set(key, ` : goto ${addChain(parts, service, port, outside)}`);
}

/** The same Service with the same backends has the same chain, whether called from inside or outside. */
function addChain(parts: Parts, service: NetworkService, port: Port, backends: readonly Backend[]): string {
  const isAll = backends.length === backendsOf(service, port).length;
  const words = [service.namespace, service.name, port.protocol, port.port, isAll ? 'all' : 'local'].join(
    '/',
  );
  const name = `svc-${createHash('sha256').update(words).digest('hex').slice(0, 16)}`;
  parts.chains.set(name, [
    `meta l4proto ${port.protocol.toLowerCase()} dnat ip to ${target(service, backends)}`,
  ]);
  return name;
}

function target({ clientAffinity }: NetworkService, backends: readonly Backend[]): string {
  const [first] = backends;
  if (backends.length === 1 && first) return `${first.address}:${first.port}`;
  const choice = clientAffinity ? 'jhash ip saddr mod' : 'numgen random mod';
  const seed = clientAffinity ? ' seed 0x62726d62' : '';
  const map = backends.map(({ address, port }, at) => `${at} : ${address} . ${port}`).join(', ');
  return `${choice} ${backends.length}${seed} map { ${map} }`;
}

function noteBackend(parts: Parts, input: ServiceRulesInput, backend: Backend, protocol: string): void {
  const { address, port } = backend;
  if (input.podCidrs.some((cidr) => contains(cidr, address)))
    parts.hairpins.set(`${address} . ${address}`, '');
  else if (!input.ownAddresses.includes(address))
    parts.farEndpoints.set(`${address} . ${protocol} . ${port}`, '');
}

/** Each board answers for the whole cluster: the address leads nowhere else, and works when the board is cut off. */
function addClusterDns(parts: Parts, { clusterDns, dnsServer }: ServiceRulesInput): void {
  if (clusterDns === undefined || clusterDns.includes(':') || dnsServer === undefined) return;
  for (const protocol of ['udp', 'tcp']) {
    const chain = `dns-${protocol}`;
    parts.chains.set(chain, [`meta l4proto ${protocol} dnat ip to ${dnsServer.address}:${dnsServer.port}`]);
    parts.services.set(`${clusterDns} . ${protocol} . 53`, ` : goto ${chain}`);
  }
}

/**
 * Service addresses mean something to this board's pods and to the board itself: other networks of the machine may use
 * the same ones. What was not translated by then has no endpoint, and is refused.
 */
function frame({ bridge, podCidrs, serviceCidr }: ServiceRulesInput): string[] {
  const own = podCidrs.filter(({ version }) => version === 4).map(cidrText);
  const refused = serviceCidr?.version === 4 ? [cidrText(serviceCidr)] : [];
  return [
    'set hairpins { type ipv4_addr . ipv4_addr; }',
    'set far_endpoints { type ipv4_addr . inet_proto . inet_service; }',
    'set dead_ports { type inet_proto . inet_service; }',
    'map services { type ipv4_addr . inet_proto . inet_service : verdict; }',
    'map node_ports { type inet_proto . inet_service : verdict; }',
    block('loopback_guard', 'filter hook prerouting priority -300', [
      // Where replies to the board itself may come from another board, nothing else must reach its loopback.
      'iifname != "lo" ip daddr 127.0.0.0/8 drop',
    ]),
    block('prerouting', 'nat hook prerouting priority -101', [
      `iifname "${bridge}" ip daddr . meta l4proto . th dport vmap @services`,
      'fib daddr type local meta l4proto . th dport vmap @node_ports',
    ]),
    block('output', 'nat hook output priority -101', [
      'ip daddr . meta l4proto . th dport vmap @services',
      'fib daddr type local meta l4proto . th dport vmap @node_ports',
    ]),
    block('postrouting', 'nat hook postrouting priority 99', [
      // A pod that reaches itself through a Service would drop what seems to come from its own address.
      `oifname "${bridge}" ct status dnat ip saddr . ip daddr @hairpins masquerade`,
      // An answer must come back this way; a pod's own address is known to every board, and stays.
      `oifname != "${bridge}"${own.length > 0 ? ` ip saddr != { ${own.join(', ')} }` : ''} ct status dnat ip daddr . meta l4proto . th dport @far_endpoints masquerade`,
    ]),
    block('refuse', undefined, ['meta l4proto tcp reject with tcp reset', 'reject']),
    block(
      'forward',
      'filter hook forward priority 0',
      refused.map((cidr) => `iifname "${bridge}" ip daddr ${cidr} jump refuse`),
    ),
    block(
      'leaving',
      'filter hook output priority 0',
      refused.map((cidr) => `ip daddr ${cidr} jump refuse`),
    ),
    block('input', 'filter hook input priority 0', ['meta l4proto . th dport @dead_ports jump refuse']),
  ];
}

function block(name: string, hook: string | undefined, rules: readonly string[]): string {
  const type = hook === undefined ? [] : [`type ${hook}; policy accept;`];
  return [`chain ${name} {`, ...type, ...rules, '}'].join('\n');
}
