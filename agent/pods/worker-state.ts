import type { ActorRef } from '@bramble/actors/index.ts';
import type { PodNote } from '@bramble/protocol/messages/orders.ts';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { ProberMessage, ProberNews } from '../probes/prober.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { DesiredPod, PlannedPod } from './desired.ts';
import { nothingObserved, type ObservedPod, type Waiting } from './observed.ts';
import type { Outcome, PodPorts } from './perform.ts';

export type WorkerMessage =
  | {
      readonly type: 'desired';
      readonly desired: DesiredPod;
      /** All containers of the pod, when they were just listed; else the worker looks for itself. */
      readonly containers: readonly ContainerView[] | undefined;
      /** When the pod became durable, for a pod that arrived in this life of the agent. */
      readonly journaledAtMs: number | undefined;
    }
  /** What the slow full look found of this pod. */
  | { readonly type: 'listed'; readonly containers: readonly ContainerView[] }
  | { readonly type: 'runtime-event'; readonly id: string; readonly removed: boolean }
  /** Something the pod waited for may be there now. */
  | { readonly type: 'retry' }
  | { readonly type: 'find'; readonly container: string; readonly replyTo: ActorRef<FoundContainer> }
  | { readonly type: 'running'; readonly reply: (running: readonly ContainerView[]) => void }
  | { readonly type: 'looked'; readonly containers: readonly ContainerView[] }
  | { readonly type: 'look-failed'; readonly error: unknown }
  | { readonly type: 'performed'; readonly key: string; readonly outcome: Outcome }
  | { readonly type: 'step-failed'; readonly key: string; readonly error: unknown }
  | ProberNews
  /** An image is about to be pulled. */
  | { readonly type: 'pulling'; readonly key: string; readonly container: string; readonly image: string }
  | { readonly type: 'look' }
  | { readonly type: 'wake' }
  | { readonly type: 'report' };

export interface FoundContainer {
  readonly pod: string;
  readonly known: boolean;
  readonly current: ContainerView | undefined;
  readonly previous: ContainerView | undefined;
  /** Why it does not run, if it never did. */
  readonly waiting: string;
}

/** What a worker tells of its pod. */
export type PodNews =
  | { readonly type: 'worker-started'; readonly uid: string }
  | {
      readonly type: 'report';
      readonly uid: string;
      readonly digest: string;
      readonly status: PodStatus;
      readonly gone: boolean;
      readonly stages: Readonly<Record<string, number>> | undefined;
    }
  | { readonly type: 'note'; readonly uid: string; readonly note: Omit<PodNote, 'number'> }
  | { readonly type: 'finished'; readonly uid: string; readonly status: PodStatus };

export interface WorkerPorts extends PodPorts {
  readonly uid: string;
  readonly manager: ActorRef<PodNews>;
}

/** Keeps a step that failed from being tried again at once. */
export interface Cooling {
  readonly failures: number;
  readonly untilMs: number;
}

export interface WorkerState {
  desired: PlannedPod | undefined;
  observed: ObservedPod;
  /** The containers known are as they were after the last step and event. */
  fresh: boolean;
  looking: boolean;
  /** Containers must be searched for by label: one may exist whose id is not known. */
  searchNext: boolean;
  lookFailures: number;
  /** The last plan left nothing to do or to wait for, and whoever is to know of the pod knows: only news changes that. */
  atRest: boolean;
  knownIds: ReadonlySet<string>;
  /** Learned of since the look that is under way began. */
  newIds: ReadonlySet<string>;
  readonly cooling: Map<string, Cooling>;
  /** Containers that could not be started in this life of the worker, by id: to all others they have ended. */
  readonly notStarted: Map<string, { readonly message: string; readonly atMs: number }>;
  /** By key of the step, since when an image is being pulled; monotonic milliseconds. */
  readonly pulling: Map<string, number>;
  /** What was told of a container's being stopped, by its id. */
  readonly killing: Map<string, string>;
  /** What was told last of what the pod asks for and this board cannot give. */
  unapplied: string | undefined;
  prober: ActorRef<ProberMessage> | undefined;
  /** What is probed, as text. */
  probing: string;
  waiting: ReadonlyMap<string, Waiting>;
  /** What the pod ended with, until it comes back as durable. */
  final: PodStatus | undefined;
  gone: boolean;
  stages: Record<string, number> | undefined;
  status: PodStatus | undefined;
  /** What was reported last, as text. */
  reported: string;
  reportedAtMs: number;
  /** A report is due on a timer. */
  reportDue: boolean;
}

export function newWorkerState(): WorkerState {
  return {
    desired: undefined,
    observed: nothingObserved,
    fresh: false,
    looking: false,
    searchNext: true,
    lookFailures: 0,
    atRest: false,
    knownIds: new Set(),
    newIds: new Set(),
    cooling: new Map(),
    notStarted: new Map(),
    pulling: new Map(),
    killing: new Map(),
    unapplied: undefined,
    prober: undefined,
    probing: '',
    waiting: new Map(),
    final: undefined,
    gone: false,
    stages: undefined,
    status: undefined,
    reported: '',
    reportedAtMs: Number.NEGATIVE_INFINITY,
    reportDue: false,
  };
}
