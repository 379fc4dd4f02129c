import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPodman } from '../runtime/podman/open.ts';
import { removeWithMounts } from '../runtime/podman/remove-with-mounts.ts';
import { type PodmanPaths, podmanPaths } from '../runtime/podman/settings.ts';
import type { ContainerRuntime, ContainerSpec } from '../runtime/port.ts';
import { runDirectory } from '../runtime/run-directory.ts';

/** A podman of a test's own: own storage, own service, no trace left behind. */
export interface RealPodman {
  readonly dataDir: string;
  readonly paths: PodmanPaths;
  readonly runtime: ContainerRuntime;
  /** What was logged, newest last. */
  readonly logged: string[];
  /** As a started agent does; the old runtime must be closed or given up. */
  reopen(): Promise<ContainerRuntime>;
  dispose(): Promise<void>;
}

export async function realPodman(): Promise<RealPodman> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bramble-podman-'));
  const paths = podmanPaths(dataDir);
  const logged: string[] = [];
  const open = () => openPodman({ dataDir, log: (entry) => logged.push(entry.message) });
  let runtime = await open();
  return {
    dataDir,
    paths,
    logged,
    get runtime() {
      return runtime;
    },
    async reopen() {
      runtime = await open();
      return runtime;
    },
    async dispose() {
      for (const container of await runtime.list()) await runtime.remove(container.id);
      await runtime.close();
      // Podman mounts its storage onto itself; and a service that was killed leaves a container's mounts behind.
      for (const directory of [dataDir, runDirectory(dataDir)]) await removeWithMounts(directory);
    },
  };
}

/** A container of the hello image in the host's network; only what a test cares about need be said. */
export function containerSpec(spec: Partial<ContainerSpec> & { readonly name: string }): ContainerSpec {
  return {
    image: 'localhost/bramble/hello:1',
    command: undefined,
    args: undefined,
    env: [],
    workingDir: undefined,
    hostname: 'hello',
    labels: {},
    network: 'host',
    mounts: [],
    memoryLimitBytes: undefined,
    cpuLimitMilli: undefined,
    cpuRequestMilli: undefined,
    user: undefined,
    group: undefined,
    privileged: false,
    readOnlyRoot: false,
    capabilitiesAdd: [],
    capabilitiesDrop: [],
    stdin: false,
    tty: false,
    ...spec,
  };
}

/** Looks again until `look` gives something, and says what it waited for when it never does. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`never saw ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
