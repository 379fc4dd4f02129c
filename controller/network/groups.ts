import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup, networkGroup, networkGroupLabel } from '@bramble/protocol/messages/network.ts';
import type { ObjectStore } from '../store/types.ts';

export const nodePrefix = '/registry/nodes/';

/** The boards that a Node's board reaches directly: those with the same label, or like it without one. */
export function groupOfNode(node: KubeObject): string {
  const named = node.metadata.labels?.[networkGroupLabel];
  return named !== undefined && networkGroup.safeParse(named).success ? named : defaultNetworkGroup;
}

/** Of boards that are in another group than the default one. */
export function groupsOf(store: Pick<ObjectStore, 'list'>): Readonly<Record<string, string>> {
  const groups: Record<string, string> = {};
  for (const { object } of store.list(nodePrefix)) {
    const group = groupOfNode(object);
    if (group !== defaultNetworkGroup) groups[object.metadata.name] = group;
  }
  return groups;
}
