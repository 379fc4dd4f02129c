import type { Broker } from './wire.ts';

export interface BoardsTask {
  readonly fleetFile: string;
  readonly broker: Broker;
  readonly from: number;
  readonly to: number;
}

/** What a process that plays boards says when it is asked. */
export interface BoardsState {
  /** On the link, by now. */
  readonly connected: number;
  /** Of these, how many carried out a manifest of each controller's term. */
  readonly bound: Readonly<Record<string, number>>;
  readonly dialled: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly cpuSeconds: number;
  readonly residentMebibytes: number;
}
