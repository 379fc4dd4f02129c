import type { NetworkBoards } from '@bramble/protocol/messages/network.ts';
import type { NodeObject } from '../workloads/objects.ts';

/** Where the pods of one board are; `undefined` unless it has addresses of its own and for pods. */
export function boardEntry(node: NodeObject): NetworkBoards['boards'][number] | undefined {
  const podCIDRs = node.spec?.podCIDRs ?? [];
  const addresses = (node.status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
    .map(({ address }) => address);
  if (podCIDRs.length === 0 || addresses.length === 0) return undefined;
  return { node: node.metadata.name, addresses: addresses.slice(0, 32), podCIDRs: podCIDRs.slice(0, 2) };
}
