import type { Pod, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { ResolvConf } from '../dns/resolv-conf.ts';
import type { VolumeContent } from '../volumes/port.ts';
import type { Room } from './admission.ts';
import { ownGraceSeconds } from './grace.ts';

/** What a board must know of itself to judge a pod, and to write its environment and status. */
export interface BoardFacts extends Room {
  /** The board's own addresses, the default route's first. */
  readonly addresses: readonly string[];
  /** Such as `podman`: the scheme of container ids in statuses. */
  readonly runtime: string;
  /** Another one after each start of the machine; empty where that is not known. */
  readonly bootId: string;
  /** The board's own resolv.conf. */
  readonly resolvConf?: ResolvConf;
}

/** A ConfigMap's or Secret's keys. */
export type Data = ReadonlyMap<string, Uint8Array>;

export interface Termination {
  /** By the board's clock, from the moment it learned of it. */
  readonly sinceMs: number;
  readonly graceSeconds: number;
}

/** One pod as the journal holds it: what its worker works towards. */
export interface DesiredPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The store whose manifest named the pod last. */
  readonly storeId: string;
  readonly digest: string;
  /** `undefined` when only containers of it were found: nothing but its end can be worked towards. */
  readonly pod: Pod | undefined;
  readonly addresses: readonly string[];
  readonly receivedAtMs: number;
  readonly terminate: Termination | undefined;
  /** The status it ended with; no container of it is started again. */
  readonly final: PodStatus | undefined;
  /** By `configmaps/{name}` and `secrets/{name}`; what is lacking does not exist. */
  readonly data: ReadonlyMap<string, Data>;
  readonly board: BoardFacts;
  /** Addresses of this board's pods; the bridge has the first of each. */
  readonly podCIDRs?: readonly string[];
}

export type Resolution<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export interface VolumeSet {
  readonly contents: readonly VolumeContent[];
  /** Changes with any byte of it. */
  readonly digest: string;
}

/** A desired pod whose volumes have been worked out, which is too dear to do for each plan. */
export interface PlannedPod extends DesiredPod {
  readonly volumes: Resolution<VolumeSet>;
}

/** Milliseconds by two clocks: the wall's may jump and is used against the runtime's timestamps only. */
export interface Clock {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function graceOf(desired: DesiredPod): number {
  return ownGraceSeconds(desired.pod);
}

export function usesHostNetwork(desired: DesiredPod): boolean {
  return desired.pod?.spec?.hostNetwork === true;
}

export function podAddresses(desired: DesiredPod): readonly string[] {
  return usesHostNetwork(desired) ? desired.board.addresses : desired.addresses;
}
