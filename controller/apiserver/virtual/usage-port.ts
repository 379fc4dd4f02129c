/** What a whole board used when it was heard last. */
export interface BoardUse {
  readonly cpuShare: number;
  readonly memoryBytes: number;
  readonly temperatureCelsius: number | undefined;
  readonly windowMs: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface ContainerUse {
  readonly container: string;
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
  readonly windowMs: number;
}

export interface PodUse {
  readonly containers: readonly ContainerUse[];
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Where `metrics.k8s.io` comes from. */
export interface UsagePort {
  /** `undefined` for a board that has told nothing lately. */
  board(node: string): BoardUse | undefined;
  /** Asks these boards, by uid of pod. Those that do not answer soon are left out. */
  pods(nodes: readonly string[]): Promise<ReadonlyMap<string, PodUse>>;
}
