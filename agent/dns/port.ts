import type { Zone } from './zone.ts';

/** DNS for the pods of this board: names of the cluster by itself, all others by asking the board's own servers. */
export interface Dns {
  /** Answers at this address, and no longer at an earlier one. Resolves with the port when both UDP and TCP listen. */
  listen(address: string): Promise<{ readonly port: number }>;
  /** What it knows from now on; `undefined`: nothing was told yet, and names of the cluster fail instead of not existing. */
  update(zone: Zone | undefined): void;
  close(): void;
}
