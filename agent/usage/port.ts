import type { ContainerUsage } from '@bramble/protocol/messages/usage.ts';

export interface RunningContainer {
  readonly uid: string;
  readonly container: string;
  /** The runtime's. */
  readonly id: string;
  /** Its first process. */
  readonly pid: number;
}

/** Measures what containers use, when somebody asks. Nothing is measured otherwise. */
export interface UsageMeter {
  /** Takes half a second where there is no recent reading. What has ended meanwhile is left out. */
  measure(containers: readonly RunningContainer[]): Promise<ContainerUsage[]>;
}
