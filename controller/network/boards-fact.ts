import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { NetworkBoards } from '@bramble/protocol/messages/network.ts';
import type { NodeObject } from '../workloads/objects.ts';
import { groupOfNode } from './groups.ts';

/** Where the pods of a group's boards are, in order of name: boards that have addresses of their own and for pods. */
export function boardsFact(nodes: readonly KubeObject[], group: string): NetworkBoards['boards'] {
  return nodes
    .filter((node) => groupOfNode(node) === group)
    .flatMap((node: NodeObject) => {
      const podCIDRs = node.spec?.podCIDRs ?? [];
      const addresses = (node.status?.addresses ?? [])
        .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
        .map(({ address }) => address);
      if (podCIDRs.length === 0 || addresses.length === 0) return [];
      return [
        { node: node.metadata.name, addresses: addresses.slice(0, 32), podCIDRs: podCIDRs.slice(0, 2) },
      ];
    })
    .toSorted((one, other) => (one.node < other.node ? -1 : 1));
}
