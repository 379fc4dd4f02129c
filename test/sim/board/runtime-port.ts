import { type ContainerRuntime, RuntimeError, type RuntimeEvent } from '@bramble/agent/runtime/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, imageMs, type Machine, needsRoom, operationMs } from './machine.ts';
import type { SimPodman } from './podman.ts';

/** The runtime as one life of the agent sees it. What was asked for happens also when the asker dies meanwhile. */
export function runtimePort(podman: SimPodman, process: ProcessHost, machine: Machine): ContainerRuntime {
  const later = <T>(act: () => T, ms = operationMs(machine)): Promise<T> =>
    process.whileAlive(() => afterwards(machine, ms, answered(machine, act)));
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
    stop: (id, graceSeconds) => process.whileAlive(() => stopped(podman, machine, id, graceSeconds)),
    exec: (id) => later(() => podman.exec(id)),
    remove: (id) => later(() => podman.remove(id)),
    logs: async function* () {},
    execSession: () => Promise.reject(new Error('no commands in a simulation')),
    attachSession: () => Promise.reject(new Error('no terminals in a simulation')),
    events: (onEvent, onLost) => openEvents(podman, process, machine, onEvent, onLost),
    close: async () => {},
  };
}

/** A service that is down does nothing of what it is asked for. */
function answered<T>(machine: Machine, act: () => T): () => T {
  return () => {
    if (machine.runtimeDown) throw notThere();
    return act();
  };
}

function stopped(podman: SimPodman, machine: Machine, id: string, graceSeconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (machine.runtimeDown) return reject(notThere());
    // What has begun to end ends; a service that is down then cannot say so.
    podman.stop(id, graceSeconds, (error) => {
      if (error ?? machine.runtimeDown) reject(error ?? notThere());
      else resolve();
    });
  });
}

function notThere(): RuntimeError {
  return new RuntimeError('unavailable', 'connect ECONNREFUSED: the runtime is not there');
}

function openEvents(
  podman: SimPodman,
  process: ProcessHost,
  machine: Machine,
  onEvent: (event: RuntimeEvent) => void,
  onLost: (reason: string) => void,
): () => void {
  const { host, faults } = machine;
  let open = true;
  const close = (): void => {
    open = false;
    podman.listeners.delete(listener);
  };
  const lose = (): void => {
    if (!open) return;
    close();
    if (process.alive) onLost('the stream of events broke');
  };
  const take = (event: RuntimeEvent): void => {
    if (!process.alive) return close();
    const broken = host.random() < faults.failureShare;
    host.timer(1, () => {
      if (!open || !process.alive) return;
      if (broken) lose();
      else onEvent(event);
    });
  };
  const listener = { onEvent: take, onLost: () => void host.timer(1, lose) };
  if (machine.runtimeDown) host.timer(1, lose);
  else podman.listeners.add(listener);
  return close;
}
