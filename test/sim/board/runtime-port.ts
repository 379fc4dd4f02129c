import type { ContainerRuntime, RuntimeEvent } from '@bramble/agent/runtime/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, imageMs, type Machine, needsRoom, operationMs } from './machine.ts';
import type { SimPodman } from './podman.ts';

/** The runtime as one life of the agent sees it. What was asked for happens also when the asker dies meanwhile. */
export function runtimePort(podman: SimPodman, process: ProcessHost, machine: Machine): ContainerRuntime {
  const later = <T>(act: () => T, ms = operationMs(machine)): Promise<T> =>
    process.whileAlive(() => afterwards(machine, ms, act));
  return {
    version: () => later(() => 'sim://1'),
    list: () => later(() => podman.views()),
    inspect: (id) => later(() => podman.containers.get(id)?.view),
    imagePresent: (image) => later(() => podman.images.has(image)),
    pull: (image) =>
      later(
        needsRoom(machine, () => podman.pull(image), 'image'),
        imageMs(machine),
      ),
    create: (spec) => later(needsRoom(machine, () => podman.create(spec))),
    start: (id) => later(() => podman.start(id)),
    stop: (id, graceSeconds) =>
      process.whileAlive(
        () => new Promise<void>((resolve) => podman.stop(id, graceSeconds, () => resolve())),
      ),
    exec: (id) => later(() => podman.exec(id)),
    remove: (id) => later(() => podman.remove(id)),
    logs: async function* () {},
    execSession: () => Promise.reject(new Error('no commands in a simulation')),
    attachSession: () => Promise.reject(new Error('no terminals in a simulation')),
    events: (onEvent, onLost) => openEvents(podman, process, machine, onEvent, onLost),
    close: async () => {},
  };
}

function openEvents(
  podman: SimPodman,
  process: ProcessHost,
  { host, faults }: Machine,
  onEvent: (event: RuntimeEvent) => void,
  onLost: (reason: string) => void,
): () => void {
  let open = true;
  const close = (): void => {
    open = false;
    podman.listeners.delete(listener);
  };
  const listener = (event: RuntimeEvent): void => {
    if (!process.alive) return close();
    const broken = host.random() < faults.failureShare;
    host.timer(1, () => {
      if (!open || !process.alive) return;
      if (!broken) return onEvent(event);
      close();
      onLost('the stream of events broke');
    });
  };
  podman.listeners.add(listener);
  return close;
}
