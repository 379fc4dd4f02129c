import { identityOf } from '@bramble/agent/pods/labels.ts';
import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { SimContainer } from '../board/podman.ts';
import type { Trace } from '../trace.ts';
import { isMarked, nodeOf } from './pod-history.ts';
import type { Verdict } from './verdict.ts';

export const podPrefix = '/registry/pods/';
export const nodePrefix = '/registry/nodes/';

/** Everything that ever became durable on one disk, seen on the disk itself and not through the controller. */
export class DurableHistory {
  readonly events: EngineEvent[] = [];
  /** Pods by uid as they last were, also those that are gone. */
  readonly pods = new Map<string, { readonly stored: StoredObject; readonly deleted: boolean }>();
  disk: MemoryDisk;
  /** Pods of which an old copy says something else than what their boards were told since. */
  readonly doubtful = new Set<string>();
  readonly #keyAt = new Map<number, string>();
  readonly #verdict: Verdict;
  readonly #trace: Trace;
  readonly #onChange: (event: EngineEvent) => void;

  constructor(disk: MemoryDisk, verdict: Verdict, trace: Trace, onChange: (event: EngineEvent) => void) {
    this.disk = disk;
    this.#verdict = verdict;
    this.#trace = trace;
    this.#onChange = onChange;
    this.#follow(disk);
  }

  /** From now on another disk counts: an old copy of the one before. */
  restored(disk: MemoryDisk): void {
    this.disk = disk;
    for (const { key, object } of disk.objects.values()) {
      if (!key.startsWith(podPrefix)) continue;
      const uid = object.metadata.uid ?? '';
      const stored = { key, object } as StoredObject;
      const told = this.pods.get(uid)?.stored;
      if (!this.isWanted(uid) || nodeOf(told) !== nodeOf(stored) || imagesOf(told) !== imagesOf(stored))
        this.doubtful.add(uid);
      this.pods.set(uid, { stored, deleted: false });
    }
    this.#follow(disk);
  }

  #follow(disk: MemoryDisk): void {
    disk.listen((events) => {
      if (disk !== this.disk) return;
      for (const event of events) this.#take(event);
    });
  }

  /** G1: what a client was told exists is on the disk by then. */
  checkAnswered(what: string, key: string, revision: number): void {
    if (this.#keyAt.get(revision) === key) return;
    this.#verdict.broken('G1', `${what} was answered with revision ${revision}, which is not on the disk`);
  }

  /** G1, for a deletion that was asked for when the history had `since` events. */
  checkDeleted(what: string, key: string, since: number): void {
    const now = this.disk.objects.get(key);
    if (!now || isMarked(now)) return;
    const durable = this.events
      .slice(since)
      .some(({ type, stored }) => stored.key === key && (type === 'delete' || isMarked(stored)));
    if (!durable) this.#verdict.broken('G1', `${what} was answered, and ${key} is on the disk as before`);
  }

  /** Nobody has asked for the pod's end: no board may end its containers. */
  isWanted(uid: string): boolean {
    const pod = this.pods.get(uid);
    if (!pod || pod.deleted || this.doubtful.has(uid)) return false;
    return !isMarked(pod.stored);
  }

  /** It has succeeded or failed, for good. */
  hasEnded(uid: string): boolean {
    const { status } = (this.pods.get(uid)?.stored.object ?? {}) as { status?: { phase?: string } };
    return status?.phase === 'Succeeded' || status?.phase === 'Failed';
  }

  /** Somebody gave the container another image since it was made. */
  isReplaced(uid: string, { spec }: SimContainer): boolean {
    const pod = this.pods.get(uid)?.stored.object as unknown as Pod | undefined;
    const name = identityOf(spec.labels)?.container;
    const wanted = pod?.spec?.containers.find((container) => container.name === name)?.image;
    return wanted !== undefined && wanted !== spec.image;
  }

  #take(event: EngineEvent): void {
    const { type, stored } = event;
    const { revision, key, object } = stored;
    const newest = this.events.at(-1)?.stored.revision ?? 0;
    if (revision <= newest) this.#verdict.broken('G2', `revision ${revision} comes after ${newest}`);
    this.events.push(event);
    this.#keyAt.set(revision, key);
    this.#trace.note(`disk ${type} ${key} ${revision}`);
    if (key.startsWith(podPrefix))
      this.pods.set(object.metadata.uid ?? '', { stored, deleted: type === 'delete' });
    this.#onChange(event);
  }
}

function imagesOf(stored: StoredObject | undefined): string | undefined {
  const pod = stored?.object as unknown as Pod | undefined;
  return pod?.spec?.containers.map(({ image }) => image).join(' ');
}
