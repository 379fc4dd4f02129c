import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import { podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/** What the disk may not say of a pod after what it said before: writes that undo others were not conditional. */
export class PodHistoryCheck {
  readonly #verdict: Verdict;
  readonly #last = new Map<string, EngineEvent>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
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
  }
}

export function isMarked({ object }: StoredObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function nodeOf(stored: StoredObject | undefined): string | undefined {
  return (stored?.object['spec'] as { nodeName?: string } | undefined)?.nodeName;
}

function phaseOf({ object }: StoredObject): string | undefined {
  return (object['status'] as { phase?: string } | undefined)?.phase;
}
