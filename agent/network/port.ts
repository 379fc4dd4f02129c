/** The pod network of this board: the agent's own bridge, one network namespace per pod. Idempotent throughout. */
export interface PodNetwork {
  /** Makes bridge, forwarding and masquerading for the CIDRs that the controller gave. Called at start and when they change. */
  prepare(podCIDRs: readonly string[]): Promise<void>;
  /** Makes (or finds whole) the pod's namespace with these addresses. Resolves with the namespace's path. */
  attach(pod: {
    readonly uid: string;
    readonly addresses: readonly string[];
    readonly hostPorts: readonly HostPort[];
  }): Promise<{ readonly path: string }>;
  detach(uid: string): Promise<void>;
  /** Uids of pods whose namespaces exist. */
  list(): Promise<string[]>;
}

export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly hostIP: string | undefined;
}
