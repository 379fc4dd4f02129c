import { bytesOf, cpuToMilli, isQuantity } from '../schema/quantity.ts';
import type { Container, PodSpec } from '../schema/types.generated.ts';

/** What a pod asks for, or a board offers: thousandths of a CPU, bytes, and pods. */
export interface Amount {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/**
 * The larger of what all containers ask for together and what any init container asks for alone (Kubernetes' effective
 * request). A restartable init container runs on beside the others, and beside the init containers after it.
 */
export function requestsOf(spec: PodSpec): Amount {
  let [cpuMilli, memoryBytes] = [0, 0];
  let [besideCpu, besideMemory] = [0, 0];
  for (const container of spec.initContainers ?? []) {
    const own = amountOf(container.resources?.requests);
    cpuMilli = Math.max(cpuMilli, besideCpu + own.cpuMilli);
    memoryBytes = Math.max(memoryBytes, besideMemory + own.memoryBytes);
    if (container.restartPolicy !== 'Always') continue;
    besideCpu += own.cpuMilli;
    besideMemory += own.memoryBytes;
  }
  const running = sum(spec.containers ?? []);
  const overhead = amountOf(spec.overhead);
  return {
    cpuMilli: Math.max(cpuMilli, besideCpu + running.cpuMilli) + overhead.cpuMilli,
    memoryBytes: Math.max(memoryBytes, besideMemory + running.memoryBytes) + overhead.memoryBytes,
    pods: 1,
  };
}

/** What is no quantity counts as nothing: one bad object must not stand in the way of all the others. */
export function amount(read: (text: string) => number, quantity: unknown): number {
  const text = String(quantity ?? '0');
  return isQuantity(text) ? Math.max(0, read(text)) : 0;
}

type CpuAndMemory = Omit<Amount, 'pods'>;

function amountOf(requests: Readonly<Record<string, unknown>> | undefined): CpuAndMemory {
  return {
    cpuMilli: amount(cpuToMilli, requests?.['cpu']),
    memoryBytes: amount(bytesOf, requests?.['memory']),
  };
}

function sum(containers: readonly Container[]): CpuAndMemory {
  let cpuMilli = 0;
  let memoryBytes = 0;
  for (const { resources } of containers) {
    const own = amountOf(resources?.requests);
    cpuMilli += own.cpuMilli;
    memoryBytes += own.memoryBytes;
  }
  return { cpuMilli, memoryBytes };
}
