import type { ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { Dns } from '../dns/port.ts';
import type { Applied } from './apply.ts';
import { type NetworkFacts, noFacts } from './facts.ts';
import type { NetworkMessage, NetworkNews } from './messages.ts';
import type { BoardSurroundings, ClusterNetwork, FactsFile } from './port.ts';
import { readFacts } from './saved-facts.ts';

export interface ClusterNetworkPorts {
  readonly network: ClusterNetwork;
  readonly dns: Dns;
  readonly file: FactsFile;
  /** What the file held when the agent started. */
  readonly saved: string | undefined;
  /** For which addresses the pods' bridge has been made; none: not yet. */
  readonly podCIDRs: () => readonly string[];
}

export interface ClusterNetworkConfig {
  readonly node: string;
  readonly bridge: string;
  /** Addresses of all boards' pods. */
  readonly clusterCIDR: string;
}

export interface Observation {
  readonly surroundings: BoardSurroundings;
  /** The rules that were applied are not there any more. */
  readonly flushed: boolean;
  /** What was done about a firewall that drops what is forwarded. */
  readonly opened: string | undefined;
}

export type ClusterContext = ActorContext<NetworkMessage>;

export interface ClusterState {
  facts: NetworkFacts;
  surroundings: BoardSurroundings | undefined;
  link: ActorRef<NetworkNews> | undefined;
  /** What the kernel has, unless somebody else changed it. */
  applied: Applied | undefined;
  applying: boolean;
  /** Something changed since the last application began. */
  changed: boolean;
  appliedAtMs: number;
  looks: number;
  dns: { readonly address: string; readonly port: number } | undefined;
  dnsStarting: boolean;
  /** Writes to the card that are due to it, and when they were counted. */
  savings: { readonly count: number; readonly atMs: number };
  saving: boolean;
  unsaved: boolean;
  /** Failures in a row, by what failed. */
  readonly failures: Map<string, number>;
}

export function newClusterState({ saved }: ClusterNetworkPorts): ClusterState {
  return {
    facts: saved === undefined ? noFacts : readFacts(saved),
    surroundings: undefined,
    link: undefined,
    applied: undefined,
    applying: false,
    changed: false,
    appliedAtMs: Number.NEGATIVE_INFINITY,
    looks: 0,
    dns: undefined,
    dnsStarting: false,
    savings: { count: Number.POSITIVE_INFINITY, atMs: 0 },
    saving: false,
    unsaved: false,
    failures: new Map(),
  };
}

/** Milliseconds to wait after one more failure in a row: 1 s doubled up to 30 s. */
export function retryDelayMs(state: ClusterState, what: string): number {
  const failures = (state.failures.get(what) ?? 0) + 1;
  state.failures.set(what, failures);
  return Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 10));
}
