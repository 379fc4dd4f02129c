import { bytesOf, cpuToMilli, parseQuantity } from '@bramble/protocol/schema/quantity.ts';
import type { Container, ResourceFieldSelector } from '@bramble/protocol/schema/types.generated.ts';
import { type DesiredPod, podAddresses, type Resolution } from './desired.ts';

/** A pod's field by its path, as env and downwardAPI volumes name it. */
export function fieldValue(path: string, desired: DesiredPod): Resolution<string> {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return found(mapOf(keyed[1] ?? '', desired)[keyed[2] ?? ''] ?? '');
  if (path === 'metadata.labels' || path === 'metadata.annotations')
    return found(mapText(mapOf(path.slice('metadata.'.length), desired)));
  const value = simpleFields(desired).get(path);
  return value === undefined ? { ok: false, message: `fieldPath ${path} is not supported` } : found(value);
}

function simpleFields(desired: DesiredPod): Map<string, string> {
  const spec = desired.pod?.spec;
  return new Map([
    ['metadata.name', desired.name],
    ['metadata.namespace', desired.namespace],
    ['metadata.uid', desired.uid],
    ['spec.nodeName', desired.board.node],
    ['spec.serviceAccountName', spec?.serviceAccountName ?? 'default'],
    ['status.hostIP', desired.board.addresses[0] ?? ''],
    ['status.hostIPs', desired.board.addresses.join(',')],
    ['status.podIP', podAddresses(desired)[0] ?? ''],
    ['status.podIPs', podAddresses(desired).join(',')],
  ]);
}

function mapOf(which: string, desired: DesiredPod): Readonly<Record<string, string>> {
  const metadata = desired.pod?.metadata;
  return (which === 'labels' ? metadata?.labels : metadata?.annotations) ?? {};
}

/** One `key="value"` a line, sorted by key. */
function mapText(map: Readonly<Record<string, string>>): string {
  const lines = Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

/** A container's limit or request in units of the divisor, rounded up. What has no limit is limited by the board. */
export function resourceValue(
  selector: ResourceFieldSelector,
  container: Container | undefined,
  desired: DesiredPod,
): Resolution<string> {
  const [list, resource = ''] = selector.resource.split('.', 2);
  const resources = container?.resources;
  const set = list === 'limits' ? resources?.limits?.[resource] : resources?.requests?.[resource];
  const nano = set === undefined ? absentNano(list, resource, desired) : parseQuantity(set).nano;
  if (nano === undefined) return { ok: false, message: `resource ${selector.resource} is not supported` };
  const divisor = parseQuantity(selector.divisor ?? '1').nano || 1_000_000_000n;
  return found(String((nano + divisor - 1n) / divisor));
}

function absentNano(list: string | undefined, resource: string, desired: DesiredPod): bigint | undefined {
  const { cpuMilli, memoryBytes } = desired.board.allocatable;
  if (resource !== 'cpu' && resource !== 'memory' && resource !== 'ephemeral-storage') return undefined;
  if (list === 'requests' || resource === 'ephemeral-storage') return 0n;
  return resource === 'cpu'
    ? BigInt(Math.floor(cpuMilli)) * 1_000_000n
    : BigInt(Math.floor(memoryBytes)) * 1_000_000_000n;
}

/** Thousandths of a CPU; `undefined` when nothing is said. */
export function cpuMilliOf(quantity: string | undefined): number | undefined {
  return quantity === undefined ? undefined : cpuToMilli(quantity);
}

/** Bytes; `undefined` when nothing is said. */
export function memoryBytesOf(quantity: string | undefined): number | undefined {
  return quantity === undefined ? undefined : bytesOf(quantity);
}

function found(value: string): Resolution<string> {
  return { ok: true, value };
}
