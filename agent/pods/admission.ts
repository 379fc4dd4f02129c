import { type HostPortUse, hostPortsOf, takenPort } from '@bramble/protocol/placement/host-ports.ts';
import { type Amount, requestsOf } from '@bramble/protocol/placement/requests.ts';
import { requirementHolds } from '@bramble/protocol/placement/requirement.ts';
import type { NodeSelectorTerm, Pod, PodSpec } from '@bramble/protocol/schema/types.generated.ts';

/** What the board has for pods, and what it is. */
export interface Room {
  readonly node: string;
  readonly allocatable: Amount;
  /**
   * Labels that only the board itself can say. Others are people's, are kept by the controller, and are not judged
   * here.
   */
  readonly labels: Readonly<Record<string, string>>;
}

/** In the kubelet's words, such as `OutOfcpu`. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

type Check = (spec: PodSpec, beside: readonly PodSpec[], room: Room) => Rejection | undefined;

/** The first of several reasons is told, in the kubelet's order. */
const checks: readonly Check[] = [
  (_spec, beside, { allocatable }) => shortage('pods', 1, beside.length, allocatable.pods),
  resource('cpu', ({ cpuMilli }) => cpuMilli),
  resource('memory', ({ memoryBytes }) => memoryBytes),
  (spec, _beside, room) =>
    fitsBoard(spec, room) ? undefined : failed('NodeAffinity', `the board is ${describe(room)}`),
  hostPorts,
];

/**
 * Why the board cannot take a pod beside those that it has; `undefined` when it can. A pod that was placed by hand
 * passed no scheduler, so that the board has the last word (guarantee G4).
 */
export function rejectionOf(pod: Pod, beside: readonly Pod[], room: Room): Rejection | undefined {
  const spec = specOf(pod);
  const specs = beside.map(specOf);
  for (const check of checks) {
    const rejection = check(spec, specs, room);
    if (rejection) return rejection;
  }
  return undefined;
}

/** What asks for nothing of a resource is not turned away for want of it. */
function resource(name: 'cpu' | 'memory', read: (amount: Amount) => number): Check {
  return (spec, beside, { allocatable }) => {
    const requested = read(requestsOf(spec));
    if (requested === 0) return undefined;
    let used = 0;
    for (const other of beside) used += read(requestsOf(other));
    return shortage(name, requested, used, read(allocatable));
  };
}

/** Thousandths of a CPU, bytes, pods: the kubelet's InsufficientResourceError. */
function shortage(name: string, requested: number, used: number, capacity: number): Rejection | undefined {
  if (used + requested <= capacity) return undefined;
  const message = `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${Math.floor(capacity)}`;
  return { reason: `OutOf${name}`, message };
}

function hostPorts(spec: PodSpec, beside: readonly PodSpec[]): Rejection | undefined {
  const used: HostPortUse[] = beside.flatMap(hostPortsOf);
  const taken = takenPort(hostPortsOf(spec), used);
  return taken && failed('NodePorts', `host port ${taken.port} is taken`);
}

function failed(predicate: string, detail: string): Rejection {
  return { reason: predicate, message: `Predicate ${predicate} failed: ${detail}` };
}

function fitsBoard({ nodeSelector, affinity }: PodSpec, room: Room): boolean {
  const isContradicted = ([key, value]: [string, string]): boolean =>
    room.labels[key] !== undefined && room.labels[key] !== value;
  if (Object.entries(nodeSelector ?? {}).some(isContradicted)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || (required.nodeSelectorTerms ?? []).some((term) => mayMatch(term, room));
}

/** Unless what the board knows of itself speaks against it. A term without requirements matches nothing. */
function mayMatch({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, room: Room): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const known = matchExpressions.filter(({ key }) => room.labels[key] !== undefined);
  return (
    known.every((requirement) => requirementHolds(requirement, room.labels[requirement.key])) &&
    matchFields.every((field) => field.key === 'metadata.name' && requirementHolds(field, room.node))
  );
}

function describe({ node, labels }: Room): string {
  return [node, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join(', ');
}

function specOf(pod: Pod): PodSpec {
  return pod.spec ?? { containers: [] };
}
