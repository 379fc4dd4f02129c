import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { Metrics, NodeBirth, NodeSession } from '@bramble/protocol/messages/session.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';
import type { DesiredObject } from './desired.ts';
import type { FleetLink } from './link.ts';

export type SessionMessage =
  | { readonly type: 'desired'; readonly objects: readonly DesiredObject[] }
  | { readonly type: 'session'; readonly session: NodeSession }
  | { readonly type: 'metrics'; readonly metrics: Metrics }
  | { readonly type: 'report'; readonly report: PodReport }
  | { readonly type: 'link'; readonly up: boolean }
  | { readonly type: 'readiness-written'; readonly ok: boolean }
  | { readonly type: 'registered'; readonly boot: number; readonly ok: boolean }
  | {
      readonly type: 'committed';
      readonly report: PodReport;
      readonly outcome: 'stored' | 'conflict' | 'failed';
    }
  | { readonly type: 'timer'; readonly timer: 'silent' | 'acks' | 'send' | 'register' | 'readiness' };

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
  /** Tells of a report's stages, for `bramble trace`. */
  readonly onStages: (report: PodReport, pod: StoredObject, node: string) => void;
}

export interface SessionSettings {
  readonly node: string;
  readonly sealingKey: string;
  readonly podCIDRs: readonly string[];
}

export interface SessionState {
  birth: NodeBirth | undefined;
  /** What the Node in the store says, as far as this session made it say so. */
  registeredBoot: number | undefined;
  silent: boolean;
  linkUp: boolean;
  desired: readonly DesiredObject[];
  /** Digest that the board holds, or was sent within this birth, by key. */
  readonly held: Map<string, string>;
  sequence: number;
  /** Monotonic milliseconds of the last manifest sent; it is repeated when the board does not show it. */
  sentAtMs: number;
  metrics: Metrics | undefined;
  /** Newest report taken from each pod in this boot, and those under way to the disk. */
  readonly taken: Map<string, number>;
  readonly underWay: Set<string>;
  readonly waiting: Map<string, PodReport>;
  acks: Record<string, number>;
}
