import type { ContainerSession } from '../runtime/port.ts';

/** Reaches a TCP port as the processes of a pod reach it under `localhost`. */
export interface PortDialer {
  /** @param pid a process in the pod's network namespace */
  dial(pid: number, port: number): ContainerSession;
}
