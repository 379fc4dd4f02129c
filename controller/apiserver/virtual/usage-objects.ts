import { apiVersionOf, type Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { isQuantity, quantityToNumber } from '@bramble/protocol/schema/index.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import { nodeMetrics, podMetrics, temperatureAnnotation } from '@bramble/protocol/usage-kinds.ts';
import { timestamp } from '../../time.ts';
import type { BoardUse, PodUse } from './usage-port.ts';

export function nodeMetricsOf(node: KubeObject, use: BoardUse): KubeObject {
  const { temperatureCelsius: degrees, cpuShare, memoryBytes } = use;
  const cores = String(objectAt(objectAt(node, 'status'), 'capacity')['cpu'] ?? '');
  const processors = isQuantity(cores) ? quantityToNumber(cores) : 0;
  const annotations = degrees === undefined ? {} : { annotations: { [temperatureAnnotation]: `${degrees}` } };
  return {
    ...measured(nodeMetrics, node, use.atMs, use.windowMs, annotations),
    usage: usage(cpuShare * processors * 1e9, memoryBytes),
  };
}

export function podMetricsOf(pod: KubeObject, { containers, atMs }: PodUse): KubeObject {
  const windowMs = Math.max(...containers.map((each) => each.windowMs));
  return {
    ...measured(podMetrics, pod, atMs, windowMs, {}),
    containers: containers.map(({ container, cpuNanocores, memoryBytes }) => ({
      name: container,
      usage: usage(cpuNanocores, memoryBytes),
    })),
  };
}

function measured(
  kind: Kind,
  { metadata: { name, namespace, labels } }: KubeObject,
  atMs: number,
  windowMs: number,
  more: { readonly annotations?: Readonly<Record<string, string>> },
): KubeObject {
  const time = timestamp({ now: () => atMs });
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: time,
      ...(labels && { labels }),
      ...more,
    },
    timestamp: time,
    window: `${windowMs / 1_000}s`,
  };
}

function usage(nanocores: number, memoryBytes: number) {
  return { cpu: `${Math.round(nanocores)}n`, memory: `${Math.ceil(memoryBytes / 1_024)}Ki` };
}
