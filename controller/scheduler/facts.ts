import type { KubeObject } from '@bramble/protocol/kube.ts';
import { bytesOf, cpuToMilli, isQuantity, quantityToNumber } from '@bramble/protocol/schema/quantity.ts';
import type { Node, Pod, PodSpec, Taint } from '@bramble/protocol/schema/types.generated.ts';

/** What a pod asks for, or a board offers: thousandths of a CPU, bytes, and pods. */
export interface Amount {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/** `protocol/port` and the host address it is bound to; the empty address means all of them. */
export interface HostPortUse {
  readonly port: string;
  readonly address: string;
}

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

export function podFacts(key: string, object: KubeObject): PodFacts {
  const pod = object as unknown as Pod;
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const phase = pod.status?.phase;
  return {
    key,
    uid: object.metadata.uid ?? '',
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    nodeName: spec.nodeName || undefined,
    requests: requestsOf(spec),
    hostPorts: hostPortsOf(spec),
    spec,
    finished: phase === 'Succeeded' || phase === 'Failed',
    deleting: object.metadata.deletionTimestamp !== undefined,
    gated: (spec.schedulingGates?.length ?? 0) > 0,
  };
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

/**
 * The larger of what all containers ask for together and what any init container asks for alone (Kubernetes' effective
 * request; a restartable init container runs beside the others and is added).
 */
export function requestsOf(spec: PodSpec): Amount {
  const containers = spec.containers ?? [];
  const beside = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const before = (spec.initContainers ?? []).filter((container) => container.restartPolicy !== 'Always');
  const running = sum([...containers, ...beside].map((container) => amountOf(container.resources?.requests)));
  const starting = before.map((container) => amountOf(container.resources?.requests));
  const overhead = amountOf(spec.overhead);
  return {
    cpuMilli: Math.max(running.cpuMilli, ...starting.map((amount) => amount.cpuMilli)) + overhead.cpuMilli,
    memoryBytes:
      Math.max(running.memoryBytes, ...starting.map((amount) => amount.memoryBytes)) + overhead.memoryBytes,
    pods: 1,
  };
}

export function hostPortsOf(spec: PodSpec): HostPortUse[] {
  const uses: HostPortUse[] = [];
  for (const container of spec.containers ?? []) {
    for (const port of container.ports ?? []) {
      const number = port.hostPort ?? (spec.hostNetwork === true ? port.containerPort : undefined);
      if (number === undefined || number === 0) continue;
      const address = port.hostIP === undefined || port.hostIP === '0.0.0.0' ? '' : port.hostIP;
      uses.push({ port: `${port.protocol ?? 'TCP'}/${number}`, address });
    }
  }
  return uses;
}

function amountOf(requests: Readonly<Record<string, unknown>> | undefined): Amount {
  const cpu = requests?.['cpu'];
  const memory = requests?.['memory'];
  return {
    cpuMilli: amount(cpuToMilli, cpu),
    memoryBytes: amount(bytesOf, memory),
    pods: 0,
  };
}

/** What is no quantity counts as nothing: one bad object must not stop the scheduling of all the others. */
function amount(read: (text: string) => number, quantity: unknown): number {
  const text = String(quantity ?? '0');
  return isQuantity(text) ? Math.max(0, read(text)) : 0;
}

function sum(amounts: readonly Amount[]): Amount {
  let cpuMilli = 0;
  let memoryBytes = 0;
  for (const amount of amounts) {
    cpuMilli += amount.cpuMilli;
    memoryBytes += amount.memoryBytes;
  }
  return { cpuMilli, memoryBytes, pods: amounts.length };
}
