import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/** What the disk may not say of a pod after what it said before: writes that undo others were not conditional. */
export class PodHistoryCheck {
  readonly #verdict: Verdict;
  /** A pod's address is not known again before its board has the network's facts, and is another after a reboot. */
  readonly #journalsAreLost: boolean;
  readonly #last = new Map<string, EngineEvent>();

  constructor(verdict: Verdict, journalsAreLost: boolean) {
    this.#verdict = verdict;
    this.#journalsAreLost = journalsAreLost;
  }

  /** Another disk's history begins: an old copy's. */
  restored(): void {
    this.#last.clear();
  }

  written(event: EngineEvent): void {
    const { key, object } = event.stored;
    if (!key.startsWith(podPrefix)) return;
    const uid = object.metadata.uid ?? '';
    const before = this.#last.get(uid);
    this.#last.set(uid, event);
    if (before && event.type === 'put') this.#compare(key, before, event.stored);
  }

  #compare(key: string, { type, stored: before }: EngineEvent, now: StoredObject): void {
    if (type === 'delete') this.#verdict.broken('G1', `${key} was deleted, and is there again`);
    else if (isMarked(before) && !isMarked(now))
      this.#verdict.broken('G1', `the deletion of ${key} is undone`);
    const node = nodeOf(before);
    if (node !== undefined && nodeOf(now) !== node)
      this.#verdict.broken('G3', `${key} was bound to ${node}, and now to ${nodeOf(now)}`);
    const phase = phaseOf(before);
    if ((phase === 'Succeeded' || phase === 'Failed') && phaseOf(now) !== phase)
      this.#verdict.broken('G6', `${key} had ${phase}, and now is ${phaseOf(now)}`);
    if (runsOn(before, now)) this.#compareRunning(key, statusOf(before), statusOf(now));
  }

  /** Who is started anew beside a pod that runs takes nothing of it away. */
  #compareRunning(key: string, before: PodStatus, now: PodStatus): void {
    if (before.podIP === undefined || (now.podIP === undefined && this.#journalsAreLost)) return;
    // After a reboot neither journal nor namespace may tell the address, and the same containers are started again.
    if (this.#journalsAreLost && startsOf(before) !== startsOf(now)) return;
    if (now.podIP !== before.podIP)
      this.#verdict.broken('G5', `${key} runs on, had ${before.podIP}, and now has ${now.podIP}`);
  }
}

/** The same containers run, all of them. */
function runsOn(before: StoredObject, now: StoredObject): boolean {
  const ids = runningIds(statusOf(before));
  return ids !== '' && ids === runningIds(statusOf(now));
}

function runningIds({ containerStatuses = [] }: PodStatus): string {
  const isRunning = containerStatuses.every(({ state }) => state?.running !== undefined);
  return isRunning ? containerStatuses.map(({ containerID }) => containerID).join(' ') : '';
}

function startsOf({ containerStatuses = [] }: PodStatus): string {
  return containerStatuses.map(({ state }) => state?.running?.startedAt).join(' ');
}

function statusOf({ object }: StoredObject): PodStatus {
  return (object['status'] ?? {}) as PodStatus;
}

export function isMarked({ object }: StoredObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function nodeOf(stored: StoredObject | undefined): string | undefined {
  return (stored?.object['spec'] as { nodeName?: string } | undefined)?.nodeName;
}

function phaseOf(stored: StoredObject): string | undefined {
  return statusOf(stored).phase;
}
