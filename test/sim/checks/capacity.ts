import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import { bytesOf, cpuToMilli } from '@bramble/protocol/schema/quantity.ts';
import type { Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { nodePrefix, podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

export interface Load {
  cpuMilli: number;
  memoryBytes: number;
  pods: number;
  readonly hostPorts: string[];
}

/** G4, counted anew from the store's own objects, by a sum that knows nothing of the scheduler's. */
export function checkCapacity(
  event: EngineEvent,
  objects: ReadonlyMap<string, StoredObject>,
  verdict: Verdict,
): void {
  const { key, object } = event.stored;
  if (event.type === 'delete' || !key.startsWith(podPrefix)) return;
  const node = (object as unknown as Pod).spec?.nodeName;
  if (node) checkBoard(node, objects, verdict);
}

function checkBoard(name: string, objects: ReadonlyMap<string, StoredObject>, verdict: Verdict): void {
  const room = roomOf(objects.get(`${nodePrefix}${name}`));
  if (!room) return;
  const load = loadOf(name, objects.values());
  const ports = new Set(load.hostPorts);
  const over: string[] = [];
  if (load.cpuMilli > room.cpuMilli) over.push(`${load.cpuMilli}m of ${room.cpuMilli}m CPU`);
  if (load.memoryBytes > room.memoryBytes) over.push(`${load.memoryBytes} of ${room.memoryBytes} bytes`);
  if (load.pods > room.pods) over.push(`${load.pods} of ${room.pods} pods`);
  if (ports.size < load.hostPorts.length) over.push(`host ports ${load.hostPorts.join(', ')}`);
  if (over.length > 0) verdict.broken('G4', `${name} is over-committed: ${over.join('; ')}`);
}

export function roomOf(node: StoredObject | undefined): Omit<Load, 'hostPorts'> | undefined {
  const allocatable = (node?.object as unknown as Node | undefined)?.status?.allocatable;
  if (!allocatable) return undefined;
  return {
    cpuMilli: cpuToMilli(allocatable['cpu'] ?? '0'),
    memoryBytes: bytesOf(allocatable['memory'] ?? '0'),
    pods: Number(allocatable['pods'] ?? '0'),
  };
}

export function loadOf(node: string, objects: Iterable<StoredObject>): Load {
  const load: Load = { cpuMilli: 0, memoryBytes: 0, pods: 0, hostPorts: [] };
  for (const { key, object } of objects) {
    const pod = object as unknown as Pod;
    if (!key.startsWith(podPrefix) || pod.spec?.nodeName !== node) continue;
    if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') add(load, askOf(pod));
  }
  return load;
}

/** Our pods' init containers ask for nothing, so that the sum over the others is what the pod asks for. */
export function askOf({ spec }: Pod): Load {
  const load: Load = { cpuMilli: 0, memoryBytes: 0, pods: 1, hostPorts: [] };
  for (const { resources, ports = [] } of spec?.containers ?? []) {
    const { cpu, memory } = (resources?.requests ?? {}) as { cpu?: string; memory?: string };
    load.cpuMilli += cpu === undefined ? 0 : cpuToMilli(String(cpu));
    load.memoryBytes += memory === undefined ? 0 : bytesOf(String(memory));
    for (const { hostPort } of ports) if (hostPort) load.hostPorts.push(String(hostPort));
  }
  return load;
}

function add(load: Load, more: Load): void {
  load.cpuMilli += more.cpuMilli;
  load.memoryBytes += more.memoryBytes;
  load.pods += more.pods;
  load.hostPorts.push(...more.hostPorts);
}
