import { readFile } from 'node:fs/promises';
import { memoryLimitsOff } from '@bramble/protocol/memory-limits.ts';
import type { ContainerSpec } from '../port.ts';

/**
 * Whether this kernel can limit a container's memory. Where it cannot, an OCI runtime that is asked to does not start the
 * container at all, and says only that a file is missing.
 */
export async function canLimitMemory(): Promise<boolean> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [controllers, cgroups] = await Promise.all([
    read('/sys/fs/cgroup/cgroup.controllers'),
    read('/proc/cgroups'),
  ]);
  return hasMemoryController(controllers, cgroups);
}

/**
 * @param controllers of the root cgroup; empty where cgroups are not version 2
 * @param cgroups text of /proc/cgroups, which with version 2 alone need not name what there is
 */
export function hasMemoryController(controllers: string, cgroups: string): boolean {
  if (controllers.trim() !== '') return controllers.trim().split(' ').includes('memory');
  return /^memory\t\d+\t\d+\t1$/m.test(cgroups);
}

/** What such a kernel can do of what a container asks for, and what a person should hear of the rest. */
export function withoutMemoryLimit(spec: ContainerSpec): {
  readonly spec: ContainerSpec;
  readonly unapplied: string | undefined;
} {
  const unapplied = spec.memoryLimitBytes === undefined ? undefined : memoryLimitsOff;
  return { spec: { ...spec, memoryLimitBytes: undefined }, unapplied };
}
