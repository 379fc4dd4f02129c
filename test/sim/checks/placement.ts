import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { nodePrefix, podPrefix } from './durable-history.ts';
import { nodeOf } from './pod-history.ts';
import type { Verdict } from './verdict.ts';
import { boardOfDaemon } from './workloads.ts';

/** A binding that was decided before the board was cordoned may reach a slow disk this much later. */
const underWayMs = 20_000;

/** G6: a pod is bound to a board that it asks for, and that takes pods. */
export class PlacementCheck {
  readonly #cordonedMs = new Map<string, number>();
  readonly #bound = new Set<string>();
  readonly #verdict: Verdict;
  readonly #nowMs: () => number;

  constructor(verdict: Verdict, nowMs: () => number) {
    this.#verdict = verdict;
    this.#nowMs = nowMs;
  }

  /** Another disk counts from now on. */
  restored(objects: ReadonlyMap<string, StoredObject>): void {
    this.#cordonedMs.clear();
    for (const { key, object } of objects.values())
      if (key.startsWith(nodePrefix)) this.#noteCordon(object as unknown as Node);
  }

  written({ type, stored }: EngineEvent, objects: ReadonlyMap<string, StoredObject>): void {
    if (type === 'delete') return;
    if (stored.key.startsWith(nodePrefix)) this.#noteCordon(stored.object as unknown as Node);
    const node = stored.key.startsWith(podPrefix) ? nodeOf(stored) : undefined;
    const uid = stored.object.metadata.uid ?? '';
    if (node === undefined || this.#bound.has(uid)) return;
    this.#bound.add(uid);
    const board = objects.get(`${nodePrefix}${node}`)?.object as unknown as Node | undefined;
    if (board) this.#judge(stored.key, stored.object as unknown as Pod, board);
  }

  #noteCordon({ metadata, spec }: Node): void {
    const name = metadata?.name ?? '';
    if (spec?.unschedulable !== true) this.#cordonedMs.delete(name);
    else if (!this.#cordonedMs.has(name)) this.#cordonedMs.set(name, this.#nowMs());
  }

  #judge(key: string, pod: Pod, { metadata }: Node): void {
    const name = metadata?.name ?? '';
    const cordonedMs = this.#cordonedMs.get(name);
    // Daemons run on boards that are cordoned, too.
    if (
      cordonedMs !== undefined &&
      boardOfDaemon(pod) === undefined &&
      this.#nowMs() - cordonedMs > underWayMs
    )
      this.#verdict.broken('G6', `${key} is bound to ${name}, which is cordoned`);
    for (const [label, value] of Object.entries(pod.spec?.nodeSelector ?? {}))
      if (metadata?.labels?.[label] !== value)
        this.#verdict.broken('G6', `${key} asks for ${label}=${value}, and is bound to ${name}`);
  }
}
