import type { Host } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Propagation } from '../../apiserver/deletion.ts';
import type { EventNote } from '../../events/recorder.ts';
import type { StoreEvent, Transaction } from '../../store/types.ts';

/** A write as data: what is decided is told apart from how it is carried out. */
export type ObjectWrite =
  | { readonly type: 'create'; readonly object: KubeObject }
  /** On condition that nobody wrote since `object` was read, which its resourceVersion says. */
  | { readonly type: 'update'; readonly object: KubeObject; readonly part?: 'status' }
  | { readonly type: 'delete'; readonly object: KubeObject; readonly propagation?: Propagation }
  /** Several objects at once, past the API server's rules: for what is right only as a whole. */
  | { readonly type: 'transaction'; readonly transaction: Transaction };

/** A write, and what to tell of it. */
export interface PlannedWrite {
  readonly write: ObjectWrite;
  readonly onDone?: (result: KubeObject) => EventNote;
  /** For what goes wrong in a way that a person should hear of; conflicts are not told. */
  readonly onFailed?: (message: string) => EventNote;
}

/** What a look at one key decides. The writes are independent of each other: any of them may fail. */
export interface Plan {
  readonly writes: readonly PlannedWrite[];
  /** Look again after this long; a change of what is watched comes before. */
  readonly requeueAfterMs?: number | undefined;
  readonly notes?: readonly EventNote[];
}

/** How a key has fared so far. */
export interface Attempt {
  /** Failures in a row before this look. */
  readonly failures: number;
  /** What the last one said. */
  readonly message: string | undefined;
}

/** Which keys a change under a prefix of the store concerns. At the start every object there counts as added. */
export interface WatchRule {
  readonly prefix: string;
  readonly keys: (event: StoreEvent) => Iterable<string>;
}

/**
 * One kind of upkeep. `reconcile` looks at the store as it is, not at what changed, and says what to do about one key;
 * it writes nothing itself. It is never asked about a key whose writes are still under way.
 */
export interface Reconciler {
  readonly watches: readonly WatchRule[];
  /** Keys to look at from the start, whether or not they are in the store. */
  readonly first?: readonly string[];
  readonly reconcile: (key: string, attempt: Attempt) => Plan;
}

/** Made anew with each start of its actor, so that what it remembers dies with it. */
export type ReconcilerFactory = (host: Pick<Host, 'now' | 'monotonic' | 'random'>) => Reconciler;

export const nothingToDo: Plan = { writes: [] };

/** Of several times to look again, the soonest. */
export function soonest(...delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
