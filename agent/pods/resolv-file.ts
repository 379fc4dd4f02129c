import type { PodDNSConfig } from '@bramble/protocol/schema/types.generated.ts';
import type { ResolvConf } from '../dns/resolv-conf.ts';
import { defaultDomain } from '../dns/zone.ts';
import { gatewayAddress, parseCidr } from '../network/addresses.ts';
import { type DesiredPod, usesHostNetwork } from './desired.ts';

/** Where /etc/resolv.conf is in the volume that also holds /etc/hosts. */
export const resolvFileName = 'resolv.conf';

/** What the C library reads at most (resolv.conf(5)), and Kubernetes' own bounds. */
const maxNameservers = 3;
const maxSearches = 32;

const nothing: ResolvConf = { nameservers: [], searches: [], options: [] };

/** A pod's /etc/resolv.conf by its dnsPolicy and dnsConfig; `undefined` where the runtime's copy of the board's is right. */
export function resolvConfOf(desired: DesiredPod): ResolvConf | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig } = desired.pod?.spec ?? {};
  const onHost = usesHostNetwork(desired) && dnsPolicy === 'ClusterFirst';
  if (dnsPolicy === 'None') return merged(nothing, dnsConfig);
  if (dnsPolicy === 'Default' || onHost) return dnsConfig && merged(boardsOwn(desired), dnsConfig);
  const server = dnsServer(desired);
  return server === undefined ? undefined : merged(clusterFirst(desired, server), dnsConfig);
}

/** Each board answers at its bridge, which its pods reach whatever else fails. */
function dnsServer({ podCIDRs = [] }: DesiredPod): string | undefined {
  const cidr = podCIDRs.flatMap((text) => parseCidr(text) ?? []).find(({ version }) => version === 4);
  return cidr && gatewayAddress(cidr);
}

function clusterFirst({ namespace, board }: DesiredPod, server: string): ResolvConf {
  const own = [`${namespace}.svc.${defaultDomain}`, `svc.${defaultDomain}`, defaultDomain];
  const searches = [...own, ...(board.resolvConf?.searches ?? [])];
  return { nameservers: [server], searches, options: ['ndots:5'] };
}

/** A server on the board's own loopback is none for a pod; the one at the bridge asks it. */
function boardsOwn(desired: DesiredPod): ResolvConf {
  const { nameservers, searches, options } = desired.board.resolvConf ?? nothing;
  const reachable = nameservers.filter((address) => !/^127\.|^::1$/.test(address));
  const server = dnsServer(desired);
  const instead = server === undefined ? [] : [server];
  return { nameservers: reachable.length > 0 ? reachable : instead, searches, options };
}

function merged(base: ResolvConf, added: PodDNSConfig | undefined): ResolvConf {
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? '', option]));
  for (const { name = '', value } of added?.options ?? [])
    options.set(name, value === undefined ? name : `${name}:${value}`);
  return {
    nameservers: unique([...base.nameservers, ...(added?.nameservers ?? [])]).slice(0, maxNameservers),
    searches: unique([...base.searches, ...(added?.searches ?? [])]).slice(0, maxSearches),
    options: [...options.values()],
  };
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
