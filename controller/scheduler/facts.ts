import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type HostPortUse, hostPortsOf } from '@bramble/protocol/placement/host-ports.ts';
import { type Amount, amount, requestsOf } from '@bramble/protocol/placement/requests.ts';
import { bytesOf, cpuToMilli, quantityToNumber } from '@bramble/protocol/schema/quantity.ts';
import type { Node, Pod, PodSpec, Taint } from '@bramble/protocol/schema/types.generated.ts';

/** What the scheduler needs to know of a pod. */
export interface PodFacts {
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string | undefined;
  readonly requests: Amount;
  readonly hostPorts: readonly HostPortUse[];
  readonly spec: PodSpec;
  /** Succeeded or Failed: it takes nothing any more. */
  readonly finished: boolean;
  readonly deleting: boolean;
  /** It waits for something before it may be scheduled. */
  readonly gated: boolean;
}

/** What the scheduler needs to know of a board, without what runs on it. */
export interface BoardFacts {
  readonly name: string;
  readonly allocatable: Amount;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  readonly ready: boolean;
}

/** @param known what was known of the pod before: most writes to a pod leave alone what is costly to read. */
export function podFacts(key: string, object: KubeObject, known?: PodFacts): PodFacts {
  const pod = object as unknown as Pod;
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const phase = pod.status?.phase;
  const asked = known && asksTheSame(known.spec, spec) ? known : asksOf(spec);
  return {
    key,
    uid: object.metadata.uid ?? '',
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    nodeName: spec.nodeName || undefined,
    requests: asked.requests,
    hostPorts: asked.hostPorts,
    spec,
    finished: phase === 'Succeeded' || phase === 'Failed',
    deleting: object.metadata.deletionTimestamp !== undefined,
    gated: (spec.schedulingGates?.length ?? 0) > 0,
  };
}

function asksOf(spec: PodSpec): Pick<PodFacts, 'requests' | 'hostPorts'> {
  return { requests: requestsOf(spec), hostPorts: hostPortsOf(spec) };
}

/** The very same parts: what the store holds is frozen, and what a write does not touch is shared with the version before. */
function asksTheSame(a: PodSpec, b: PodSpec): boolean {
  return (
    a.containers === b.containers &&
    a.initContainers === b.initContainers &&
    a.overhead === b.overhead &&
    a.hostNetwork === b.hostNetwork
  );
}

export function sameSpec(a: PodFacts, b: PodFacts): boolean {
  return a.spec === b.spec || JSON.stringify(a.spec) === JSON.stringify(b.spec);
}

export function boardFacts(object: KubeObject): BoardFacts {
  const node = object as unknown as Node;
  const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {};
  return {
    name: object.metadata.name,
    allocatable: {
      cpuMilli: amount(cpuToMilli, allocatable['cpu']),
      memoryBytes: amount(bytesOf, allocatable['memory']),
      pods: Math.floor(amount(quantityToNumber, allocatable['pods'])),
    },
    labels: object.metadata.labels ?? {},
    taints: node.spec?.taints ?? [],
    unschedulable: node.spec?.unschedulable === true,
    ready: node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true,
  };
}
