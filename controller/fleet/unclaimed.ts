import { limits } from '@bramble/protocol/limits.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';

/** A pod that runs on a board without being in this store: another store ordered it. */
export interface UnclaimedPod {
  readonly node: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Kubernetes' PodStatus, as the board sees it. */
  readonly status: Readonly<Record<string, unknown>>;
  /** The pod as its board has it; absent where that is too large to be reported. */
  readonly pod: Readonly<Record<string, unknown>> | undefined;
}

type Listener = (node: string) => void;

/** What boards have said of such pods since this controller started; they say it anew at each birth, and now and then. */
export class UnclaimedPods {
  readonly #boards = new Map<string, Map<string, UnclaimedPod>>();
  readonly #listeners = new Set<Listener>();

  note(node: string, { uid, namespace, name, status, pod }: PodReport): void {
    const pods = this.#boards.get(node) ?? new Map<string, UnclaimedPod>();
    // A board is not trusted to know its bounds.
    if (!pods.has(uid) && pods.size >= limits.manifestObjects) return;
    pods.set(uid, { node, uid, namespace, name, status, pod });
    this.#boards.set(node, pods);
    this.#tell(node);
  }

  /** It was claimed, or has ended. */
  forget(node: string, uid: string): void {
    if (this.#boards.get(node)?.delete(uid)) this.#tell(node);
  }

  /** At a board's birth: only what it still holds is still there. `undefined`: the board is gone. */
  keepOnly(node: string, holds: ((uid: string) => boolean) | undefined): void {
    const pods = this.#boards.get(node);
    if (!pods) return;
    for (const uid of pods.keys()) if (!holds?.(uid)) pods.delete(uid);
    if (pods.size === 0) this.#boards.delete(node);
    this.#tell(node);
  }

  on(node: string): readonly UnclaimedPod[] {
    return [...(this.#boards.get(node)?.values() ?? [])];
  }

  get all(): readonly UnclaimedPod[] {
    return [...this.#boards.keys()].flatMap((node) => this.on(node));
  }

  /** Told the board whose pods changed. Answers with how to stop that. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(node: string): void {
    for (const listener of this.#listeners) listener(node);
  }
}
