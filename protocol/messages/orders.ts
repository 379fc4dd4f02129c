import { limits } from '../limits.ts';
import { anyObject, described, digest, listUpTo, term, textUpTo } from '../shapes.ts';
import * as z from '../zod.ts';
import { heldObjects } from './session.ts';

/** What fences an order: whose store, which term of its controller, and the order within the term. */
export const fence = z.object({ storeId: z.uuid(), epoch: term, sequence: term });
export type Fence = z.infer<typeof fence>;

/** When an order was made, among those of its store. */
export type Term = Pick<Fence, 'epoch' | 'sequence'>;

export function termOf({ epoch, sequence }: Fence): Term {
  return { epoch, sequence };
}

/** Of two orders of one store. */
export function isNewer(one: Term, other: Term): boolean {
  return one.epoch === other.epoch ? one.sequence > other.sequence : one.epoch > other.epoch;
}

/**
 * `nodes/{node}/manifest`, signed: the whole truth of what the board runs. A pod that the board has and this lacks
 * is terminated with its grace.
 */
export const manifest = z.object({
  fence,
  /**
   * The start of the agent whose birth it answers. Any other's was made before this board said what it has, or is meant for a
   * machine that speaks in its name. Controllers of before do not say.
   */
  answers: z.optional(
    z.object({ boot: term, bootId: described(textUpTo(64), 'of the machine that is meant') }),
  ),
  objects: heldObjects,
  /** The addresses that the board may give to its pods; one per family. */
  podCIDRs: listUpTo(2, textUpTo(64)),
  /** Uids of pods of another store that are to end all the same: a person said so. */
  released: z.optional(listUpTo(limits.manifestObjects, textUpTo(64))),
});
export type Manifest = z.infer<typeof manifest>;

/**
 * `nodes/{node}/objects/{kind}/{uid}`, signed: what the board needs to know of one object. A Secret's `data` travels
 * in `sealed` (base64), readable by this board alone.
 */
export const objectOrder = z.object({
  fence,
  digest,
  object: anyObject,
  sealed: z.optional(z.string()),
  /** Kubernetes' PodStatus of a pod that has ended: a board that has lost its journal does not run it a second time. */
  ended: z.optional(anyObject),
});
export type ObjectOrder = z.infer<typeof objectOrder>;

/** Something that happened to a pod on its board: what becomes a Kubernetes Event. */
export const podNote = z.object({
  /** Grows with every note of this pod within a boot: a note that is told twice is taken once. */
  number: term,
  /** Milliseconds since the epoch, by the board's clock. */
  atMs: z.number(),
  type: z.enum(['Normal', 'Warning']),
  reason: textUpTo(128),
  message: textUpTo(1_024),
  /** Such as `spec.containers{web}`, where it is about one container. */
  fieldPath: z.optional(textUpTo(128)),
});
export type PodNote = z.infer<typeof podNote>;

/** `nodes/{node}/status/{uid}`: the whole status of one pod as its board sees it. */
export const podReport = z.object({
  boot: term,
  /** Grows with every report of this pod within a boot. */
  sequence: term,
  uid: textUpTo(64),
  namespace: textUpTo(63),
  name: textUpTo(253),
  /** Digest of the pod that this status is about; empty for a pod that is unclaimed. */
  observed: textUpTo(16),
  /** Kubernetes' PodStatus. */
  status: anyObject,
  /** The pod was told to go, and nothing of it is left on the board. */
  gone: z.boolean(),
  /** Runs under a store that the board is not bound to. */
  unclaimed: z.boolean(),
  /** The pod as its board has it, of an unclaimed one whose JSON is no larger than `limits.unclaimedPodBytes`. */
  pod: z.optional(anyObject),
  /** Milliseconds since the epoch, by the board's clock, for each stage reached: received, journaled, created, started, running. */
  stages: z.optional(z.record(textUpTo(32), z.number())),
  /** What happened to the pod, oldest first; each is repeated until a report that held it is acknowledged. */
  notes: z.optional(listUpTo(limits.podNotes, podNote)),
});
export type PodReport = z.infer<typeof podReport>;

/** `nodes/{node}/acks`, signed: the reports that are on the controller's disk, `{uid: sequence}`. */
export const acks = z.object({
  fence,
  boot: term,
  reports: z.record(textUpTo(64), term),
  /** The agent of this start runs on a copy of the board's card, and is not listened to. */
  copied: z.optional(
    z.object({
      bootId: described(textUpTo(64), 'of the machine that is meant'),
      message: textUpTo(1_024),
    }),
  ),
});
export type Acks = z.infer<typeof acks>;
