import { gatewayAddress, parseCidr } from './addresses.ts';
import { applySoon } from './cluster-apply.ts';
import {
  type ClusterContext,
  type ClusterNetworkPorts,
  type ClusterState,
  retryDelayMs,
} from './cluster-state.ts';
import type { NetworkMessage } from './messages.ts';

/** Tells the DNS server what it knows of the cluster; before anything is known it says so instead of denying names. */
export function updateZone({ dns }: ClusterNetworkPorts, { facts }: ClusterState): void {
  const { index, services } = facts;
  dns.update(index && { domain: index.clusterDomain, serviceCIDR: index.serviceCIDR, services });
}

/** Answers DNS at the bridge's address, which every pod of this board reaches without rules. */
export function listenForDns(
  { dns, podCIDRs }: ClusterNetworkPorts,
  state: ClusterState,
  ctx: ClusterContext,
): void {
  const cidr = podCIDRs()
    .flatMap((text) => parseCidr(text) ?? [])
    .find(({ version }) => version === 4);
  const address = cidr && gatewayAddress(cidr);
  if (address === undefined || state.dnsStarting || state.dns?.address === address) return;
  state.dnsStarting = true;
  ctx.pipe(
    dns.listen(address),
    ({ port }): NetworkMessage => ({ type: 'dns-listens', address, port }),
    (error): NetworkMessage => ({ type: 'dns-failed', error }),
  );
}

export function dnsListens(state: ClusterState, address: string, port: number, ctx: ClusterContext): void {
  state.dnsStarting = false;
  state.dns = { address, port };
  state.failures.delete('dns');
  applySoon(state, ctx);
}

export function dnsFailed(state: ClusterState, error: unknown, ctx: ClusterContext): void {
  state.dnsStarting = false;
  const retryMs = retryDelayMs(state, 'dns');
  ctx.log('error', 'pods have no DNS: nothing could listen for it', { error, retryMs });
  ctx.setTimer('dns', retryMs, { type: 'dns-retry' });
}
