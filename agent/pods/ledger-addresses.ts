import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { allocateAddress, contains, parseCidr } from '../network/addresses.ts';
import type { HeldObject, PodRecord } from './ledger.ts';

interface Addressing {
  readonly objects: ReadonlyMap<string, HeldObject>;
  readonly podCIDRs: readonly string[];
  /** Those of namespaces of which no record tells, by the pod's uid; `undefined`: nobody has looked yet. */
  readonly found: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * One address of each family for each pod that needs its own and has none, as long as there are any. A pod whose
 * namespace was found keeps what it has there; what was found in others is given to nobody.
 */
export function giveAddresses(pods: Map<string, PodRecord>, { objects, podCIDRs, found }: Addressing): void {
  if (podCIDRs.length === 0 || found === undefined) return;
  const lacking = [...pods.values()].filter((record) => lacks(record, objects));
  if (lacking.length === 0) return;
  const alive = [...pods.values()].filter(({ final }) => !final);
  const given = alive.flatMap(({ addresses }) => addresses);
  // A record that a damaged journal has brought back may tell an address that has long been another pod's.
  const staying = alive.flatMap(({ terminate, addresses }) => (terminate ? [] : addresses));
  let newest = [...pods.values()].findLast(({ addresses }) => addresses.length > 0)?.addresses ?? [];
  const kept = keepFound(lacking, new Set(staying), podCIDRs, found);
  const elsewhere = [...found].flatMap(([uid, addresses]) => (hasOwn(pods.get(uid)) ? [] : addresses));
  const used = new Set([...given, ...elsewhere]);
  for (const record of lacking) {
    const own = kept.get(record.uid);
    const addresses = own ?? freeAddresses(podCIDRs, used, newest);
    if (!addresses) continue;
    for (const address of addresses) used.add(address);
    pods.set(record.uid, { ...record, addresses });
    if (!own) newest = addresses;
  }
}

function lacks(record: PodRecord, objects: Addressing['objects']): boolean {
  const pod = objects.get(`pods/${record.uid}`)?.object as Pod | undefined;
  const needs = pod !== undefined && pod.spec?.hostNetwork !== true;
  return needs && !hasOwn(record) && !record.terminate && !record.final;
}

const hasOwn = (record: PodRecord | undefined): boolean => (record?.addresses.length ?? 0) > 0;

/** Of two namespaces with one address, which an older agent may have left, the second pod gets another. */
function keepFound(
  lacking: readonly PodRecord[],
  taken: Set<string>,
  podCIDRs: readonly string[],
  found: ReadonlyMap<string, readonly string[]>,
): Map<string, readonly string[]> {
  const kept = new Map<string, readonly string[]>();
  for (const { uid } of lacking) {
    const addresses = podCIDRs.map((cidr) => within(cidr, found.get(uid) ?? []));
    const own = addresses.filter((address) => address !== undefined).filter((address) => !taken.has(address));
    if (own.length < podCIDRs.length) continue;
    for (const address of own) taken.add(address);
    kept.set(uid, own);
  }
  return kept;
}

function within(cidr: string, addresses: readonly string[]): string | undefined {
  const network = parseCidr(cidr);
  return network && addresses.find((address) => contains(network, address));
}

function freeAddresses(
  podCIDRs: readonly string[],
  used: ReadonlySet<string>,
  newest: readonly string[],
): readonly string[] | undefined {
  const free = podCIDRs.map((cidr, family) => allocateAddress(cidr, used, newest[family]));
  const addresses = free.filter((address) => address !== undefined);
  return addresses.length < podCIDRs.length ? undefined : addresses;
}
