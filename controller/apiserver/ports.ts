import type { Host } from '@bramble/actors/host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ObjectStore } from '../store/types.ts';
import type { ServiceAllocator } from './services/allocator.ts';
import type { UsagePort } from './virtual/usage-port.ts';

/**
 * Leases of `kube-node-lease`, made from the boards' heartbeats, which never touch the disk (guarantee G9).
 * Shown read-only at the last durable revision; they cause no watch events.
 */
export interface LeasePort {
  list(): readonly KubeObject[];
  get(name: string): KubeObject | undefined;
}

/** What one write took, for `bramble trace`. Times are milliseconds since the epoch. */
export interface WriteTrace {
  readonly uid: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly verb: string;
  readonly user: string;
  readonly receivedAt: number;
  /** Decoded, validated and admitted: from here on it waits for the disk. */
  readonly admittedAt: number;
  readonly storedAt: number;
  readonly revision: number;
}

export interface PipelinePorts {
  readonly store: ObjectStore;
  readonly host: Pick<Host, 'now' | 'monotonic' | 'random' | 'timer' | 'defer' | 'log'>;
  /** A new RFC 4122 UUID, version 4. */
  readonly uid: () => string;
  readonly leases?: LeasePort;
  /** Absent: `metrics.k8s.io` is answered 503. */
  readonly usage?: UsagePort;
  /** Absent: Services are stored as they come, without addresses. */
  readonly services?: ServiceAllocator;
  /** Told after each write that is on disk. Must not throw. */
  readonly onWrite?: (trace: WriteTrace) => void;
}

export const nodeLeaseNamespace = 'kube-node-lease';
