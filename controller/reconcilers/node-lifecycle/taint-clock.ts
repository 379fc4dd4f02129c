import type { Taint } from '@bramble/protocol/schema/types.generated.ts';

/**
 * Since when each taint counts against the pods of its board, by a clock that does not jump. It begins when this
 * controller first sees the taint, and anew after a time in which nothing could be held against the board: an outage of
 * the controller, or of the whole fleet, uses up nobody's time.
 */
export class TaintClock {
  readonly #since = new Map<string, Map<string, number>>();

  /** Milliseconds for which the taint has counted. */
  elapsedMs(node: string, taint: Taint, nowMs: number): number {
    const taints = this.#since.get(node) ?? new Map<string, number>();
    this.#since.set(node, taints);
    const id = idOf(taint);
    const since = taints.get(id) ?? nowMs;
    taints.set(id, since);
    return nowMs - since;
  }

  /** Forgets all taints of the board but these: what goes and comes back counts from anew. */
  keepOnly(node: string, taints: readonly Taint[]): void {
    const known = this.#since.get(node);
    if (!known) return;
    const kept = new Set(taints.map(idOf));
    for (const id of known.keys()) if (!kept.has(id)) known.delete(id);
    if (known.size === 0) this.#since.delete(node);
  }
}

function idOf({ key, effect, value }: Taint): string {
  return `${key}=${value ?? ''}:${effect}`;
}
