import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Manifest } from '@bramble/protocol/messages/orders.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import type { Pod, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { allocateAddress } from '../network/addresses.ts';
import { type Rejection, type Room, rejectionOf } from './admission.ts';
import type { ContainerIdentity } from './labels.ts';
import type { Arrived, HeldObject, Ledger, PodRecord } from './ledger.ts';
import { qosClassOf } from './qos.ts';
import { timeOf } from './times.ts';

const defaultGraceSeconds = 30;

/** A ledger while it is being worked on. */
interface Draft {
  readonly manifest: Manifest;
  readonly podCIDRs: readonly string[];
  readonly nowMs: number;
  readonly room: Room;
  readonly objects: Map<string, HeldObject>;
  readonly arrived: Map<string, Arrived>;
  readonly pods: Map<string, PodRecord>;
  readonly acknowledged: Set<string>;
  readonly orphans: Map<string, ContainerIdentity>;
}

/** Draws the conclusions from what has arrived: what starts, what ends, what may be forgotten. */
export function settle(ledger: Ledger, nowMs: number, room: Room): Ledger {
  const { manifest, podCIDRs } = ledger;
  if (!manifest) return ledger;
  const draft: Draft = {
    manifest,
    podCIDRs,
    nowMs,
    room,
    objects: new Map(ledger.objects),
    arrived: new Map(ledger.arrived),
    pods: new Map(ledger.pods),
    acknowledged: new Set(ledger.acknowledged),
    orphans: new Map(ledger.orphans),
  };
  const changed = takeNamed(draft);
  dropAcknowledged(draft);
  const missing = missingKeys(draft);
  for (const key of changed) endIfDeleted(draft, key);
  endAbsent(draft);
  endReleased(draft);
  // After those that end: what comes in their place is not turned away on their account.
  for (const key of podKeys(draft)) admit(draft, key, missing);
  giveAddresses(draft);
  const complete = missing.length === 0;
  if (complete) forget(draft);
  const { objects, arrived, pods, acknowledged, orphans } = draft;
  return {
    ...ledger,
    objects,
    arrived,
    pods,
    acknowledged,
    orphans,
    complete: complete ? manifest : ledger.complete,
  };
}

/** What is named and has arrived is held from now on; what another store named is this one's now. */
function takeNamed({ manifest, objects, arrived }: Draft): string[] {
  const { storeId } = manifest.fence;
  const changed: string[] = [];
  for (const [key, digest] of Object.entries(manifest.objects)) {
    const newer = arrived.get(key)?.held;
    const held = objects.get(key);
    if (newer?.digest === digest) {
      objects.set(key, { ...newer, storeId });
      arrived.delete(key);
      changed.push(key);
    } else if (held && held.storeId !== storeId) objects.set(key, { ...held, storeId });
  }
  return changed;
}

function missingKeys({ manifest, objects }: Draft): string[] {
  return Object.entries(manifest.objects)
    .filter(([key, digest]) => objects.get(key)?.digest !== digest)
    .map(([key]) => key);
}

/** The pods that are named, the oldest first: where there is not room for all, the newer ones are turned away. */
function podKeys({ manifest, objects }: Draft): string[] {
  const createdAt = (key: string): string =>
    (objects.get(key)?.object as Pod | undefined)?.metadata?.creationTimestamp ?? '';
  const keys = Object.keys(manifest.objects).filter((key) => key.startsWith('pods/'));
  return keys.sort((a, b) => (createdAt(a) < createdAt(b) ? -1 : createdAt(a) > createdAt(b) ? 1 : 0));
}

/**
 * Starts keeping a pod, once it and what it refers to are here, and judges it this once: with its record in the journal
 * it is admitted for good, or has failed. A pod that is kept already is claimed.
 */
function admit(draft: Draft, key: string, missing: readonly string[]): void {
  const { manifest, objects, pods, nowMs } = draft;
  const { storeId } = manifest.fence;
  const uid = key.slice('pods/'.length);
  const known = pods.get(uid);
  if (known) {
    if (known.storeId !== storeId) pods.set(uid, { ...known, storeId });
    return;
  }
  const held = objects.get(key);
  if (!held || missing.includes(key)) return;
  const pod = held.object as Pod;
  const { name = '', namespace = 'default', deletionTimestamp } = pod.metadata ?? {};
  const isNew = deletionTimestamp === undefined && !draft.orphans.has(uid);
  if (deletionTimestamp === undefined && mustWait(draft, pod, missing)) return;
  const verdict = isNew ? judge(draft, pod) : 'admitted';
  if (verdict === 'later') return;
  const record: PodRecord = { uid, namespace, name, storeId, receivedAtMs: nowMs, addresses: [] };
  pods.set(uid, verdict === 'admitted' ? record : { ...record, final: rejected(pod, verdict, nowMs) });
  endIfDeleted(draft, key);
}

/** What stands in the way only until it has ended is waited for; it is gone when its end is acknowledged. */
function judge({ pods, objects, room }: Draft, pod: Pod): Rejection | 'admitted' | 'later' {
  const beside = (counted: (record: PodRecord) => boolean): Pod[] =>
    [...pods.values()].flatMap((record) => {
      const other = objects.get(`pods/${record.uid}`)?.object as Pod | undefined;
      return other && counted(record) ? [other] : [];
    });
  const rejection = rejectionOf(
    pod,
    beside((record) => !record.final && !record.terminate),
    room,
  );
  if (rejection) return rejection;
  return rejectionOf(
    pod,
    beside((record) => !record.final),
    room,
  )
    ? 'later'
    : 'admitted';
}

/** As the kubelet's status of a pod that it does not admit: Failed, for good. */
function rejected(pod: Pod, { reason, message }: Rejection, nowMs: number): PodStatus {
  return {
    phase: 'Failed',
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: timeOf(nowMs),
    qosClass: qosClassOf(pod),
  };
}

/** A ConfigMap or Secret that is not here may be among those under way, whose names are not known yet. */
function mustWait({ manifest, objects }: Draft, pod: Pod, missing: readonly string[]): boolean {
  if (!missing.some((key) => !key.startsWith('pods/'))) return false;
  const current = new Set<string>();
  for (const [key, { object, digest }] of objects) {
    if (manifest.objects[key] !== digest) continue;
    const { name, namespace } = (object as unknown as KubeObject).metadata;
    current.add(`${key.split('/', 1)[0]}/${namespace}/${name}`);
  }
  const namespace = pod.metadata?.namespace;
  return referencesOf(pod as unknown as KubeObject).some(
    ({ plural, name }) => !current.has(`${plural}/${namespace}/${name}`),
  );
}

/** A pod that was deleted ends with the grace that the deletion gave; a later, shorter grace counts from then. */
function endIfDeleted({ pods, objects, nowMs }: Draft, key: string): void {
  const record = pods.get(key.slice('pods/'.length));
  const pod = objects.get(key)?.object as Pod | undefined;
  if (!record || !key.startsWith('pods/') || pod?.metadata?.deletionTimestamp === undefined) return;
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? graceOf(pod);
  const { terminate } = record;
  const sooner =
    !terminate || nowMs + graceSeconds * 1_000 < terminate.sinceMs + terminate.graceSeconds * 1_000;
  if (sooner) pods.set(record.uid, { ...record, terminate: { sinceMs: nowMs, graceSeconds } });
}

/** Absent from the manifest of the store that ordered it: the pod ends. Any other store's silence says nothing. */
function endAbsent({ manifest, objects, pods, orphans, nowMs }: Draft): void {
  const { storeId } = manifest.fence;
  const isAbsent = (uid: string): boolean => manifest.objects[`pods/${uid}`] === undefined;
  for (const [uid, record] of pods) {
    if (record.storeId !== storeId || record.terminate || !isAbsent(uid)) continue;
    const graceSeconds = graceOf(objects.get(`pods/${uid}`)?.object as Pod | undefined);
    pods.set(uid, { ...record, terminate: { sinceMs: nowMs, graceSeconds } });
  }
  for (const [uid, { namespace, pod: name, storeId: owner }] of orphans) {
    if (pods.has(uid)) orphans.delete(uid);
    if (owner !== storeId || pods.has(uid) || !isAbsent(uid)) continue;
    const terminate = { sinceMs: nowMs, graceSeconds: defaultGraceSeconds };
    pods.set(uid, { uid, namespace, name, storeId, receivedAtMs: nowMs, addresses: [], terminate });
    orphans.delete(uid);
  }
}

/** Another store's, which a person has released: from now on it is this store's, to be ended. */
function endReleased({ manifest, objects, pods, nowMs }: Draft): void {
  const { storeId } = manifest.fence;
  for (const uid of manifest.released ?? []) {
    const record = pods.get(uid);
    if (!record || record.storeId === storeId || manifest.objects[`pods/${uid}`] !== undefined) continue;
    const graceSeconds = graceOf(objects.get(`pods/${uid}`)?.object as Pod | undefined);
    pods.set(uid, { ...record, storeId, terminate: record.terminate ?? { sinceMs: nowMs, graceSeconds } });
  }
}

function graceOf(pod: Pod | undefined): number {
  return pod?.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}

/** One address of each family for each pod that needs its own and has none, as long as there are any. */
function giveAddresses({ pods, objects, podCIDRs }: Draft): void {
  if (podCIDRs.length === 0) return;
  const lacking = [...pods.values()].filter((record) => {
    const pod = objects.get(`pods/${record.uid}`)?.object as Pod | undefined;
    const needs = pod !== undefined && pod.spec?.hostNetwork !== true;
    return needs && record.addresses.length === 0 && !record.terminate && !record.final;
  });
  if (lacking.length === 0) return;
  const used = new Set([...pods.values()].flatMap(({ final, addresses }) => (final ? [] : addresses)));
  let newest = [...pods.values()].findLast(({ addresses }) => addresses.length > 0)?.addresses ?? [];
  for (const record of lacking) {
    const addresses = podCIDRs
      .map((cidr, family) => allocateAddress(cidr, used, newest[family]))
      .filter((address) => address !== undefined);
    if (addresses.length < podCIDRs.length) return;
    for (const address of addresses) used.add(address);
    pods.set(record.uid, { ...record, addresses });
    newest = addresses;
  }
}

/** Objects of this store that its manifest does not name, and no pod needs for its end. */
function forget({ manifest, objects, pods }: Draft): void {
  const { storeId } = manifest.fence;
  for (const [key, held] of objects) {
    if (manifest.objects[key] !== undefined || held.storeId !== storeId) continue;
    if (!key.startsWith('pods/') || !pods.has(key.slice('pods/'.length))) objects.delete(key);
  }
}

/**
 * The last trace of a pod goes when its end is on the controller's disk and its name is out of the manifest. One that
 * is named again, and was not deleted, starts afresh.
 */
function dropAcknowledged({ manifest, objects, pods, acknowledged }: Draft): void {
  for (const uid of acknowledged) {
    const key = `pods/${uid}`;
    const named = manifest.objects[key] !== undefined;
    const pod = objects.get(key)?.object as Pod | undefined;
    if (named && pod?.metadata?.deletionTimestamp !== undefined) continue;
    acknowledged.delete(uid);
    pods.delete(uid);
    if (!named) objects.delete(key);
  }
}
