import type { Machine, Metrics } from '@bramble/protocol/messages/session.ts';

/** The board itself: what it is (read once, may fork) and how it is (read often, never forks). */
export interface Board {
  inventory(): Promise<Inventory>;
  sample(): Sample;
  /** Its own addresses by now, the default route's first. Absent: those of the inventory, for good. */
  addresses?(): readonly string[];
}

export interface Inventory {
  readonly machine: Machine;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** The board's own addresses, default route's first. */
  readonly addresses: readonly string[];
  readonly hostname: string;
}

export type Sample = Omit<Metrics, 'boot' | 'manifest' | 'intervalSeconds' | 'refusedMessages'>;
