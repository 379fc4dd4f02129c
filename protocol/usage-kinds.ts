import type { Kind } from './kinds.ts';

const common = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  singular: '',
  shortNames: [],
  categories: [],
  hasStatus: false,
  hasScale: false,
  verbs: ['get', 'list'],
} as const;

export const nodeMetrics: Kind = {
  ...common,
  kind: 'NodeMetrics',
  plural: 'nodes',
  namespaced: false,
  message: 'metrics.v1beta1.NodeMetrics',
};

export const podMetrics: Kind = {
  ...common,
  kind: 'PodMetrics',
  plural: 'pods',
  namespaced: true,
  message: 'metrics.v1beta1.PodMetrics',
};

/** Kinds of the resource metrics API: measured when they are asked for, and in no store. */
export const usageKinds: readonly Kind[] = [nodeMetrics, podMetrics];

export function usageKind(route: {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}): Kind | undefined {
  return usageKinds.find(
    ({ group, version, plural }) =>
      group === route.group && version === route.version && plural === route.resource,
  );
}

/** On NodeMetrics, beside Kubernetes' fields: of the processor, where the board can tell. */
export const temperatureAnnotation = 'bramble.dev/temperature-celsius';
