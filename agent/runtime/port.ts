/** A container runtime. Every method is idempotent where it can be, and rejects with `RuntimeError` only. */
export interface ContainerRuntime {
  /** Such as `podman://4.3.1`. */
  version(): Promise<string>;
  /** Every container that this agent made, running or not, with the labels it was given. */
  list(): Promise<ContainerView[]>;
  inspect(id: string): Promise<ContainerView | undefined>;
  imagePresent(image: string): Promise<boolean>;
  /** @throws RuntimeError `image` when the image cannot be had; its message is the registry's or runtime's own. */
  pull(image: string, auth: RegistryAuth | undefined): Promise<void>;
  create(spec: ContainerSpec): Promise<CreatedContainer>;
  start(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `graceSeconds`. Resolves when it has ended. */
  stop(id: string, graceSeconds: number): Promise<void>;
  /** Removes it, running or not. A container that does not exist is no error. */
  remove(id: string): Promise<void>;
  /**
   * Runs a command to its end in a running container, without a terminal or input. What it writes beyond 10 KiB is cut off.
   * @throws RuntimeError `gone` when the container does not run, `spec` when the command could not be started.
   */
  exec(id: string, command: readonly string[], options: { readonly timeoutMs: number }): Promise<ExecResult>;
  /** Lines as the container wrote them, oldest first, until the end or (`follow`) until the signal aborts. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogChunk>;
  /** Runs a command beside the container's own process. @throws RuntimeError when it cannot be started */
  execSession(id: string, command: readonly string[], options: SessionOptions): Promise<ContainerSession>;
  /** Joins the container's own process. Closing it leaves the process as it is. */
  attachSession(id: string, options: SessionOptions): Promise<ContainerSession>;
  /** Runtime events until the returned function is called; `onLost` when the stream ended and must be opened anew. */
  events(onEvent: (event: RuntimeEvent) => void, onLost: (reason: string) => void): () => void;
  close(): Promise<void>;
}

export interface CreatedContainer {
  readonly id: string;
  /** What it asked for and this board cannot give, for a person. */
  readonly unapplied?: string | undefined;
}

export interface ExecResult {
  /** `undefined`: it did not end in time, and was killed. */
  readonly exitCode: number | undefined;
  /** Of both streams, as it came. */
  readonly output: string;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

export interface ContainerSpec {
  /** Unique on the board, such as `bramble_hello_default_web_{uid}_{attempt}`. */
  readonly name: string;
  readonly image: string;
  /** Kubernetes' `command` replaces the image's entrypoint, `args` its command. Absent: the image's own. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly workingDir: string | undefined;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Path of the network namespace to join, or `host`. */
  readonly network: string;
  readonly mounts: readonly Mount[];
  /** Bytes; absent: no limit. */
  readonly memoryLimitBytes: number | undefined;
  /** Thousandths of a CPU; absent: no limit. */
  readonly cpuLimitMilli: number | undefined;
  readonly cpuRequestMilli: number | undefined;
  /** Processes and threads at most; absent: the runtime's default (2,048). */
  readonly pidsLimit?: number | undefined;
  /** -1000 to 1000, the kernel's: what to kill first when the board's memory ends. Absent: the runtime's default. */
  readonly oomScoreAdjust?: number | undefined;
  readonly user: number | undefined;
  readonly group: number | undefined;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly capabilitiesAdd: readonly string[];
  readonly capabilitiesDrop: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** A file in the container in which it may say why it ended; its log's tail may take the place of an empty one. */
  readonly terminationMessage?: { readonly path: string; readonly fallbackToLogs: boolean } | undefined;
  /** Host files for /etc/hosts and /etc/resolv.conf come as mounts. */
}

export interface Mount {
  /** On the board. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ContainerView {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'created' | 'running' | 'exited';
  readonly pid: number;
  readonly exitCode: number | undefined;
  readonly outOfMemory: boolean;
  /** The runtime's own error when it could not be started. */
  readonly error: string;
  /** What it said of its end, when it has ended. */
  readonly terminationMessage?: string | undefined;
  /** RFC 3339, empty when it never happened. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  /** RFC 3339 or empty. */
  readonly since: string | undefined;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** Which of its channels a process is joined by. */
export interface SessionOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A process that is talked with. */
export interface ContainerSession {
  /** What it says, read no faster than it is asked for. Ends when it has said all. */
  readonly output: AsyncIterable<LogChunk>;
  /** Resolves when it was taken; rejects when nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing follows: it reads the end of its input. */
  endInput(): void;
  /** Of its terminal, in characters. */
  resize(size: { readonly width: number; readonly height: number }): Promise<void>;
  /** To be asked once the output has ended. */
  result(): Promise<SessionResult>;
  /**
   * Lets go of it. A command is left to itself, and ends by SIGPIPE when it says more; at a terminal it hears SIGHUP. The
   * container's own process hears nothing of it.
   */
  close(): void;
}

export interface SessionResult {
  readonly exitCode?: number;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface RuntimeEvent {
  readonly type: 'started' | 'exited' | 'removed' | 'created';
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class RuntimeError extends Error {
  /**
   * `image`: it cannot be pulled or is not there; `spec`: the runtime refuses what the container asks for;
   * `gone`: no such container; `unavailable`: the runtime does not answer.
   */
  readonly reason: 'image' | 'spec' | 'gone' | 'unavailable';

  constructor(reason: RuntimeError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
    this.reason = reason;
  }
}
