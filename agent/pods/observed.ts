import type { ContainerView } from '../runtime/port.ts';
import type { ContainerHealth } from './health.ts';

/** Why a container is not running yet, as its status says it. */
export interface Waiting {
  readonly reason: string;
  readonly message?: string | undefined;
}

/** What went wrong with one container in this life of the agent, and when it is tried again. */
export interface Trouble {
  readonly reason:
    | 'ErrImagePull'
    | 'ErrImageNeverPull'
    | 'CreateContainerConfigError'
    | 'CreateContainerError';
  readonly message: string;
  readonly failures: number;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  readonly retryAtMs: number;
}

/** A hook before a container's end. */
export interface PreStop {
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  readonly done: boolean;
}

/** What is known of a pod's parts. Containers are looked at; the rest is made anew, idempotently, in each life. */
export interface ObservedPod {
  readonly containers: readonly ContainerView[];
  readonly networkPath: string | undefined;
  readonly networkReleased: boolean;
  readonly volumes: { readonly digest: string; readonly paths: ReadonlyMap<string, string> } | undefined;
  readonly volumesRemoved: boolean;
  /** By container: the attempt for which its image is there. */
  readonly pulled: ReadonlyMap<string, number>;
  /** By container. */
  readonly troubles: ReadonlyMap<string, Trouble>;
  /** By container id, of those that run or ran in this life. */
  readonly health: ReadonlyMap<string, ContainerHealth>;
  /** By container id. */
  readonly preStops: ReadonlyMap<string, PreStop>;
  /** By container id: since when this life of the worker knows that it has ended; monotonic milliseconds. */
  readonly endedMs: ReadonlyMap<string, number>;
  /** Keys of the steps that are under way. */
  readonly busy: ReadonlySet<string>;
}

export const nothingObserved: ObservedPod = {
  containers: [],
  networkPath: undefined,
  networkReleased: false,
  volumes: undefined,
  volumesRemoved: false,
  pulled: new Map(),
  troubles: new Map(),
  health: new Map(),
  preStops: new Map(),
  endedMs: new Map(),
  busy: new Set(),
};
