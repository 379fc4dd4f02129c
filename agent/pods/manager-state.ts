import type { KeyObject } from 'node:crypto';
import type { ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { PodNote, PodReport } from '@bramble/protocol/messages/orders.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { BoardFacts } from './desired.ts';
import { DesiredPods } from './desired-pods.ts';
import type { JournalMemory } from './journal-memory.ts';
import type { Ledger } from './ledger.ts';
import type { PodsMessage, PodsNews } from './manager-messages.ts';
import type { NoteBuckets } from './note-limit.ts';
import type { PodPorts } from './perform.ts';
import type { WorkerMessage } from './worker-state.ts';

export type ManagerContext = ActorContext<PodsMessage>;

export interface PodsPorts extends PodPorts {
  readonly journal: JournalMemory;
  readonly sealingKey: KeyObject;
  readonly board: BoardFacts;
  /** The store that the board joined. */
  readonly storeId: string;
}

export interface PendingNote {
  readonly note: PodNote;
  /** Of the first report that told it; `undefined`: none yet. */
  toldIn: number | undefined;
}

export interface ManagerState {
  /** What has been decided; workers hear of it only when it is durable. */
  wanted: Ledger;
  durable: Ledger;
  writing: boolean;
  /** The last write failed, and the next has to wait. */
  diskBlocked: boolean;
  /** Called when what is wanted now has been written. */
  waitingForDisk: (() => void)[];
  readonly desiredPods: DesiredPods;
  readonly workers: Map<string, ActorRef<WorkerMessage>>;
  readonly reports: Map<string, PodReport>;
  /** What happened to each pod, and no acknowledged report has told. */
  readonly notes: Map<string, PendingNote[]>;
  /** How much more of each reason may be told of a pod. */
  readonly noteBuckets: Map<string, NoteBuckets>;
  /** They are told on a timer. */
  notesDue: boolean;
  link: ActorRef<PodsNews> | undefined;
  /** What runs on the board is known, so that workers cannot make second copies. */
  listed: boolean;
  /** Of what was ordered before it was known what is on the board, the conclusions are still to be drawn. */
  unsettled: boolean;
  /** What dead pods had left may still be here. */
  untidy: boolean;
  listing: boolean;
  /** What the first full look found, by pod uid: given once to the worker that adopts it. */
  readonly adoptable: Map<string, readonly ContainerView[]>;
  /** Uids of pods that have containers here and no worker, by the last full look. */
  ownerless: ReadonlySet<string>;
  /** Workers that have been told of their pod before: a crash made them ask again. */
  readonly introduced: Set<string>;
  readyTold: boolean;
  preparing: boolean;
  preparedCIDRs: readonly string[];
  closeEvents: (() => void) | undefined;
  /** Failures in a row, by what failed. */
  readonly failures: Map<string, number>;
  missingSinceMs: number | undefined;
  /** Pods that arrived in this life, and when they became durable. */
  readonly journaledAtMs: Map<string, number>;
  readonly startedWith: ReadonlySet<string>;
}

export function newManagerState(ports: PodsPorts, ledger: Ledger): ManagerState {
  return {
    wanted: { ...ledger, orphans: undefined, unseen: new Set(ledger.pods.keys()), found: undefined },
    durable: ledger,
    writing: false,
    diskBlocked: false,
    waitingForDisk: [],
    desiredPods: new DesiredPods(ports.board, ports.sealingKey),
    workers: new Map(),
    reports: new Map(),
    notes: new Map(),
    noteBuckets: new Map(),
    notesDue: false,
    link: undefined,
    listed: false,
    // The start before may have ended before it could draw its conclusions.
    unsettled: ledger.manifest !== undefined,
    untidy: false,
    listing: false,
    adoptable: new Map(),
    ownerless: new Set(),
    introduced: new Set(),
    readyTold: false,
    preparing: false,
    preparedCIDRs: [],
    closeEvents: undefined,
    failures: new Map(),
    missingSinceMs: undefined,
    journaledAtMs: new Map(),
    startedWith: new Set(ledger.pods.keys()),
  };
}

/** Milliseconds to wait after one more failure in a row: 1 s doubled up to 30 s, jittered to 50–100 %. */
export function failureDelayMs(state: ManagerState, what: string, ctx: ManagerContext): number {
  const failures = (state.failures.get(what) ?? 0) + 1;
  state.failures.set(what, failures);
  return Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + ctx.host.random() / 2);
}
