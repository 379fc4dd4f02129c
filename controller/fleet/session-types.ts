import { limits } from '@bramble/protocol/limits.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { Metrics, NodeBirth, NodeSession } from '@bramble/protocol/messages/session.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';
import type { DesiredObject } from './desired.ts';
import type { FleetLink } from './link.ts';
import type { OnRefused } from './refusals.ts';
import type { UnclaimedPods } from './unclaimed.ts';

/** What became of a write: a conflict is worth trying again at once, a failure is not. */
export type WriteOutcome = 'stored' | 'conflict' | 'failed';

export type SessionMessage =
  | { readonly type: 'desired'; readonly objects: readonly DesiredObject[] }
  /** Uids of pods of another store that the board may end. */
  | { readonly type: 'released'; readonly uids: readonly string[] }
  /** `retained`: said at an earlier time, and kept by the broker since. */
  | {
      readonly type: 'session';
      readonly session: NodeSession;
      readonly retained: boolean;
      /** Of a start that the board had before: its number may be lower than the last one's. */
      readonly again?: boolean;
    }
  | { readonly type: 'metrics'; readonly metrics: Metrics }
  | { readonly type: 'report'; readonly report: PodReport }
  | { readonly type: 'link'; readonly up: boolean }
  /** Somebody deleted the Node. */
  | { readonly type: 'node-deleted' }
  | { readonly type: 'node-written'; readonly written: NodeWrite; readonly outcome: WriteOutcome }
  | { readonly type: 'committed'; readonly report: PodReport; readonly outcome: WriteOutcome }
  | { readonly type: 'timer'; readonly timer: 'silent' | 'acks' | 'send' | 'node' | 'unseen' };

/** A write of the Node that is under way. */
export interface NodeWrite {
  /** Of the birth that it describes; `undefined` when only the conditions changed. */
  readonly boot: number | undefined;
  /** The Node that was written, when its readiness is another than before. */
  readonly turned: StoredObject['object'] | undefined;
  readonly ready: boolean;
}

/** How orders are signed, and Secrets sealed. */
export interface OrderSigner {
  sign(topic: string, order: unknown): Uint8Array;
  /** Base64; only the holder of the private key that belongs to `sealingKey` can read it. */
  seal(sealingKey: string, context: string, plain: Uint8Array): string;
}

export interface SessionPorts {
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  readonly link: () => FleetLink | undefined;
  readonly signer: OrderSigner;
  readonly epoch: number;
  /** Absent where nobody asks for them. */
  readonly unclaimed?: UnclaimedPods;
  readonly onRefused: OnRefused;
  /** Tells of a report's stages, for `bramble trace`. */
  readonly onStages: (report: PodReport, pod: StoredObject, node: string) => void;
}

/** What a board has said last, if anything since the controller's present connection began; or that its death was told. */
export type Life = 'unheard' | 'alive' | 'lost';

export interface SessionSettings {
  readonly node: string;
  readonly sealingKey: string;
  readonly podCIDRs: readonly string[];
  /** What the token that the board joined with says of it. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * What a session that starts anew must know at once. Without it a restarted session would order an empty board,
   * and the board would obey.
   */
  readonly known: () => {
    readonly desired: readonly DesiredObject[];
    readonly birth: NodeBirth | undefined;
    readonly life: Life;
    readonly linkUp: boolean;
    readonly released: readonly string[];
  };
}

export interface SessionState {
  birth: NodeBirth | undefined;
  /** What the Node in the store says, as far as this session made it say so. */
  registeredBoot: number | undefined;
  silent: boolean;
  /** Monotonic milliseconds of its last sign of life, or of the controller's own return. */
  heardAtMs: number;
  /** Of the board's connection, as it said last. */
  keepaliveSeconds: number;
  linkUp: boolean;
  /** It has said something on the controller's present connection. */
  heardSinceUp: boolean;
  /** A boot of which metrics came before its birth: topics may overtake one another. That an older one died is no news then. */
  laterBoot: number | undefined;
  desired: readonly DesiredObject[];
  released: readonly string[];
  /** Keys that the newest manifest names, and those of pods for which it had no room. */
  named: ReadonlySet<string>;
  leftOut: ReadonlySet<string>;
  /** Digest that the board holds, or was sent within this birth, by key. */
  readonly held: Map<string, string>;
  /** Keys in `held` that were sent since the board last showed the newest manifest: they may have been lost. */
  readonly unconfirmed: Set<string>;
  sequence: number;
  /** Monotonic milliseconds of the last manifest sent; it is repeated when the board does not show it. */
  sentAtMs: number;
  /** How often in a row that was so. */
  repeats: number;
  sendPending: boolean;
  metrics: Metrics | undefined;
  /** A write of the Node is under way, and what happened since asks for another. */
  nodeWrite: 'none' | 'under-way' | 'again';
  /** Newest report taken from each pod in this boot, and those under way to the disk. */
  readonly taken: Map<string, number>;
  /** Number of the newest note taken of each pod in this boot. */
  readonly notesTaken: Map<string, number>;
  readonly underWay: Set<string>;
  readonly waiting: Map<string, PodReport>;
  readonly acks: Map<string, number>;
}

export function newSessionState(
  desired: readonly DesiredObject[],
  released: readonly string[],
  linkUp: boolean,
): SessionState {
  return {
    birth: undefined,
    registeredBoot: undefined,
    silent: false,
    heardAtMs: 0,
    keepaliveSeconds: limits.mqttKeepaliveSeconds,
    linkUp,
    heardSinceUp: false,
    laterBoot: undefined,
    desired,
    released,
    named: new Set(),
    leftOut: new Set(),
    held: new Map(),
    unconfirmed: new Set(),
    sequence: 0,
    sentAtMs: 0,
    repeats: 0,
    sendPending: false,
    metrics: undefined,
    nodeWrite: 'none',
    taken: new Map(),
    notesTaken: new Map(),
    underWay: new Set(),
    waiting: new Map(),
    acks: new Map(),
  };
}
