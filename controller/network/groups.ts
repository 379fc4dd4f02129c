import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup, networkGroup, networkGroupLabel } from '@bramble/protocol/messages/network.ts';

export const nodePrefix = '/registry/nodes/';

/** The boards that a Node's board reaches directly: those with the same label, or like it without one. */
export function groupOfNode({ metadata: { labels = {} } }: KubeObject): string {
  return groupOfLabels(labels);
}

export function groupOfLabels(labels: Readonly<Record<string, string>>): string {
  const named = labels[networkGroupLabel];
  return named !== undefined && networkGroup.safeParse(named).success ? named : defaultNetworkGroup;
}
