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
  /** The addresses in the pod's namespace as it is; none where there is no such namespace, or it was made half-way. */
  addressesOf(uid: string): Promise<readonly string[]>;
}

export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly hostIP: string | undefined;
}

/** The way to the pods of another board. */
export interface Route {
  readonly destination: string;
  readonly gateway: string;
}

/** What a board sees of the networks that it is in. */
export interface BoardSurroundings {
  readonly addresses: readonly string[];
  /** Networks of its interfaces, those of pods and other containers aside. */
  readonly subnets: readonly string[];
  /** Routes that lead through another machine. */
  readonly routes: readonly Route[];
}

/** Services and ways between boards, in the kernel of this board. */
export interface ClusterNetwork {
  look(): Promise<BoardSurroundings>;
  /** Input of `nft -f`, carried out in one transaction. */
  applyRules(rules: string): Promise<void>;
  /** Brings routes to other boards, and the way of the board's own calls to `serviceCidr`, in order. */
  applyRoutes(wanted: readonly Route[], serviceCidr: string | undefined): Promise<void>;
  /** Looks whether others left our rules as they were: `table` is the name of our own. */
  audit(table: string): Promise<Audit>;
}

export interface Audit {
  /** The table is still there: whoever loads a machine's own rules may have flushed it. */
  readonly present: boolean;
  /** What was done about a firewall that drops what is forwarded, such as Docker's, so that pods' packets pass. */
  readonly opened: string | undefined;
}

/** Where the facts of the network are kept for a start without a link. */
export interface FactsFile {
  write(content: string): Promise<void>;
}
