/** What trying one probe or hook came to. */
export interface Answer {
  /**
   * `warning` passes. `error`: it could not be tried at all, which says nothing of the container; `gone`: since that no
   * longer runs.
   */
  readonly outcome: 'success' | 'warning' | 'failure' | 'error' | 'gone';
  /** What to tell a person of it. */
  readonly output: string;
}

export interface HttpCheck {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Connections from the board to a pod. None rejects: what goes wrong is the answer. */
export interface ProbeConnections {
  /** 200 to 399 pass; a certificate is not looked at; redirects are followed within the same host. */
  http(check: HttpCheck, timeoutMs: number): Promise<Answer>;
  tcp(host: string, port: number, timeoutMs: number): Promise<Answer>;
  /** gRPC's health service (grpc.health.v1.Health/Check), without TLS. */
  grpc(host: string, port: number, service: string, timeoutMs: number): Promise<Answer>;
}

/** What is known of one running container's health, and must outlive the agent. */
export interface RememberedHealth {
  readonly started: boolean;
  readonly ready: boolean;
  readonly postStart: 'none' | 'pending' | 'done' | 'failed';
  /** When one of these last changed, on the board's clock; 0: not since the container runs. */
  readonly sinceMs: number;
}

/** By container id. */
export type PodHealth = Readonly<Record<string, RememberedHealth>>;

/** Outlives the agent and not the boot, as the containers do that it is about. Never on the card (G9). */
export interface HealthMemory {
  get(uid: string): PodHealth;
  /** An empty one is forgotten. */
  set(uid: string, health: PodHealth): void;
}

export interface ProbePorts {
  readonly connections: ProbeConnections;
  readonly memory: HealthMemory;
}
