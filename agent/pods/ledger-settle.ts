import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type Manifest, termOf } from '@bramble/protocol/messages/orders.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import type { Pod, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { type Rejection, type Room, rejectionOf } from './admission.ts';
import { ownGraceSeconds } from './grace.ts';
import {
  type Arrived,
  type HeldObject,
  type Ledger,
  missingKeys,
  type Orphan,
  type PodRecord,
} from './ledger.ts';
import { giveAddresses } from './ledger-addresses.ts';
import { endingIfDeleted } from './ledger-ends.ts';
import { qosClassOf } from './qos.ts';
import { timeOf } from './times.ts';

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
  readonly orphans: Map<string, Orphan> | undefined;
  readonly unseen: ReadonlySet<string>;
  readonly found: Map<string, readonly string[]> | undefined;
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
    orphans: ledger.orphans && new Map(ledger.orphans),
    unseen: ledger.unseen,
    found: ledger.found && new Map(ledger.found),
  };
  const changed = takeNamed(draft);
  dropAcknowledged(draft);
  const missing = missingKeys(draft);
  for (const key of changed) endIfDeleted(draft, key);
  endAbsent(draft);
  endReleased(draft);
  // After those that end: what comes in their place is not turned away on their account.
  for (const key of podKeys(draft)) admit(draft, key, missing);
  giveAddresses(draft.pods, draft);
  const complete = missing.length === 0;
  if (complete) forget(draft);
  const { objects, arrived, pods, acknowledged, orphans, found } = draft;
  const isDecided = complete || !isSame(objects, ledger.objects) || !isSame(pods, ledger.pods);
  return {
    ...ledger,
    objects,
    arrived,
    pods,
    acknowledged,
    orphans,
    found,
    noted: isDecided ? manifest : ledger.noted,
    complete: complete ? manifest.fence : ledger.complete,
  };
}

function isSame(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/**
 * What is named and has arrived is held from now on; what another store named is this one's now. What another store has
 * said, and no manifest of its own named, is not taken: of a pod that has ended since, this one tells that with the object.
 */
function takeNamed({ manifest, objects, arrived }: Draft): string[] {
  const { storeId } = manifest.fence;
  const changed: string[] = [];
  for (const [key, digest] of Object.entries(manifest.objects)) {
    const newer = arrived.get(key)?.held;
    const held = objects.get(key);
    if (newer?.digest === digest && newer.storeId === storeId) {
      objects.set(key, { ...newer, storeId });
      arrived.delete(key);
      changed.push(key);
    } else if (held && held.storeId !== storeId) objects.set(key, { ...held, storeId });
  }
  return changed;
}

/**
 * The pods that are named: first those that are here although the journal has lost them, and have their room; then the
 * oldest first. Where there is not room for all, the newer ones are turned away.
 */
function podKeys({ manifest, objects, orphans }: Draft): string[] {
  const isHere = (key: string): number => Number(orphans?.has(key.slice('pods/'.length)) ?? false);
  const createdAt = (key: string): string =>
    (objects.get(key)?.object as Pod | undefined)?.metadata?.creationTimestamp ?? '';
  const keys = Object.keys(manifest.objects).filter((key) => key.startsWith('pods/'));
  return keys.sort(
    (a, b) =>
      isHere(b) - isHere(a) || (createdAt(a) < createdAt(b) ? -1 : createdAt(a) > createdAt(b) ? 1 : 0),
  );
}

/**
 * Starts keeping a pod, once it and what it refers to are here, and judges it this once: with its record in the journal
 * it is admitted for good, or has failed. A pod that is kept already is claimed. One that has ended, as the controller
 * knows and this board has forgotten, is not run a second time.
 */
function admit(draft: Draft, key: string, missing: readonly string[]): void {
  const { manifest, objects, pods, nowMs } = draft;
  const { storeId } = manifest.fence;
  const uid = key.slice('pods/'.length);
  const known = pods.get(uid);
  const namedBy = termOf(manifest.fence);
  if (known) {
    if (known.storeId !== storeId) pods.set(uid, { ...known, storeId, namedBy });
    return;
  }
  const held = objects.get(key);
  // Whether it is new here is known only when it is known what runs here.
  if (!held || missing.includes(key) || !draft.orphans) return;
  const pod = held.object as Pod;
  const { name = '', namespace = 'default', deletionTimestamp } = pod.metadata ?? {};
  const { ended } = held;
  const record: PodRecord = { uid, namespace, name, storeId, namedBy, receivedAtMs: nowMs, addresses: [] };
  // What runs is left to itself: the controller may be wrong (guarantee G5).
  if (ended && draft.orphans.get(uid)?.runs !== true) {
    pods.set(uid, { ...record, final: ended });
    return endIfDeleted(draft, key);
  }
  const isNew = deletionTimestamp === undefined && !draft.orphans.has(uid);
  if (deletionTimestamp === undefined && mustWait(draft, held.object, missing)) return;
  if (isNew && mustMakeRoom(draft)) return;
  const verdict = isNew ? judge(draft, pod) : 'admitted';
  if (verdict === 'later') return;
  pods.set(uid, verdict === 'admitted' ? record : { ...record, final: rejected(pod, verdict, nowMs) });
  endIfDeleted(draft, key);
}

/** What a pod that is here takes up is known when its object has come. */
function mustMakeRoom({ manifest, orphans, pods }: Draft): boolean {
  const named = [...(orphans?.keys() ?? [])].filter((uid) => manifest.objects[`pods/${uid}`] !== undefined);
  return named.some((uid) => !pods.has(uid));
}

/**
 * What stands in the way only until it has ended is waited for; it is gone when its end is acknowledged. So is what may
 * have ended, as the controller knows and this board has forgotten, until it is looked at.
 */
function judge({ pods, objects, unseen, room }: Draft, pod: Pod): Rejection | 'admitted' | 'later' {
  const beside = (counted: (record: PodRecord) => boolean): Pod[] =>
    [...pods.values()].flatMap((record) => {
      const other = objects.get(`pods/${record.uid}`)?.object as Pod | undefined;
      return other && counted(record) ? [other] : [];
    });
  const rejection = rejectionOf(
    pod,
    beside((record) => !record.final && !record.terminate && !unseen.has(record.uid)),
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
function mustWait(
  { manifest, objects }: Draft,
  pod: HeldObject['object'],
  missing: readonly string[],
): boolean {
  if (!missing.some((key) => !key.startsWith('pods/'))) return false;
  const current = new Set<string>();
  for (const [key, { object, digest }] of objects)
    if (manifest.objects[key] === digest) current.add(nameOf(key, object));
  return namesReferred(pod).some((name) => !current.has(name));
}

function endIfDeleted({ pods, objects, nowMs }: Draft, key: string): void {
  const record = key.startsWith('pods/') ? pods.get(key.slice('pods/'.length)) : undefined;
  if (record)
    pods.set(record.uid, endingIfDeleted(record, objects.get(key)?.object as Pod | undefined, nowMs));
}

/** Absent from the manifest of the store that ordered it: the pod ends. Any other store's silence says nothing. */
function endAbsent({ manifest, objects, pods, orphans, nowMs }: Draft): void {
  const { storeId } = manifest.fence;
  const isAbsent = (uid: string): boolean => manifest.objects[`pods/${uid}`] === undefined;
  for (const [uid, record] of pods) {
    if (record.storeId !== storeId || record.terminate || !isAbsent(uid)) continue;
    const graceSeconds = ownGraceSeconds(objects.get(`pods/${uid}`)?.object as Pod | undefined);
    pods.set(uid, { ...record, terminate: { sinceMs: nowMs, graceSeconds } });
  }
  for (const [uid, { namespace, pod: name, storeId: owner }] of orphans ?? []) {
    if (pods.has(uid)) orphans?.delete(uid);
    if (owner !== storeId || pods.has(uid) || !isAbsent(uid)) continue;
    const terminate = { sinceMs: nowMs, graceSeconds: ownGraceSeconds(undefined) };
    pods.set(uid, { uid, namespace, name, storeId, receivedAtMs: nowMs, addresses: [], terminate });
    orphans?.delete(uid);
  }
}

/** Another store's, which a person has released: from now on it is this store's, to be ended. */
function endReleased({ manifest, objects, pods, nowMs }: Draft): void {
  const { storeId } = manifest.fence;
  for (const uid of manifest.released ?? []) {
    const record = pods.get(uid);
    if (!record || record.storeId === storeId || manifest.objects[`pods/${uid}`] !== undefined) continue;
    const graceSeconds = ownGraceSeconds(objects.get(`pods/${uid}`)?.object as Pod | undefined);
    pods.set(uid, { ...record, storeId, terminate: record.terminate ?? { sinceMs: nowMs, graceSeconds } });
  }
}

/**
 * What the manifest does not name, and nobody needs. A pod of another store, or a container of one that the journal has
 * lost, keeps its object and what that refers to, whichever store named this last.
 */
function forget({ manifest, objects, pods, orphans }: Draft): void {
  const { storeId } = manifest.fence;
  const unnamed = [...objects].filter(([key]) => manifest.objects[key] === undefined);
  const needed = new Set<string>();
  for (const [key, held] of unnamed.filter(([key]) => key.startsWith('pods/'))) {
    const uid = key.slice('pods/'.length);
    const owner = pods.get(uid)?.storeId ?? held.storeId;
    const mayRun = pods.has(uid) || (owner !== storeId && orphans?.has(uid) !== false);
    if (!mayRun) objects.delete(key);
    else if (owner !== storeId) for (const name of namesReferred(held.object)) needed.add(name);
  }
  for (const [key, { object }] of unnamed)
    if (!key.startsWith('pods/') && !needed.has(nameOf(key, object))) objects.delete(key);
}

function namesReferred(object: HeldObject['object']): string[] {
  const pod = object as unknown as KubeObject;
  return referencesOf(pod).map(({ plural, name }) => `${plural}/${pod.metadata.namespace}/${name}`);
}

/** As pods refer to it. */
function nameOf(key: string, object: HeldObject['object']): string {
  const { name, namespace } = (object as unknown as KubeObject).metadata;
  return `${key.split('/', 1)[0]}/${namespace}/${name}`;
}

/**
 * The last trace of a pod goes when its end is on the controller's disk and its name is out of the manifest. One that
 * is named again, and was not deleted, starts afresh.
 */
function dropAcknowledged({ manifest, objects, pods, acknowledged, found }: Draft): void {
  for (const uid of acknowledged) {
    const key = `pods/${uid}`;
    const named = manifest.objects[key] !== undefined;
    const pod = objects.get(key)?.object as Pod | undefined;
    if (named && pod?.metadata?.deletionTimestamp !== undefined) continue;
    acknowledged.delete(uid);
    pods.delete(uid);
    found?.delete(uid);
    if (!named) objects.delete(key);
  }
}
