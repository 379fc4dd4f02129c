/** Where a container's counters are, below /sys/fs/cgroup. */
export interface CgroupFolders {
  readonly version: 1 | 2;
  readonly cpu: string;
  /** Where its first process is itself. */
  readonly processes: string;
  /** Absent where the kernel does not count memory: it is off on a Raspberry Pi until the command line asks for it. */
  readonly memory: string | undefined;
}

/**
 * Reads /proc/PID/cgroup (cgroups(7)). A hybrid machine has an empty second version beside the first, so what the first
 * version counts is looked for there.
 * @param id the container's: a process may have been moved to a group below the one that counts all of it
 */
export function cgroupFolders(text: string, id: string): CgroupFolders | undefined {
  const paths = new Map<string, string>();
  for (const [, controllers = '', path = ''] of text.matchAll(/^\d+:([^:\n]*):(.*)$/gm))
    for (const controller of controllers.split(',')) paths.set(controller, path);
  const [cpu, memory, unified] = ['cpuacct', 'memory', ''].map((name) => paths.get(name));
  if (cpu !== undefined)
    return {
      version: 1,
      cpu: `cpuacct${ofContainer(cpu, id)}`,
      processes: `cpuacct${cpu}`,
      memory: memory === undefined ? undefined : `memory${ofContainer(memory, id)}`,
    };
  if (unified === undefined) return undefined;
  const folder = `.${ofContainer(unified, id)}`;
  return { version: 2, cpu: folder, processes: `.${unified}`, memory: folder };
}

function ofContainer(path: string, id: string): string {
  const parts = path.split('/');
  const at = id === '' ? -1 : parts.findIndex((part) => part.includes(id));
  return at < 0 ? path : parts.slice(0, at + 1).join('/');
}

/** Nanoseconds of processor time since the group was made. */
export function cpuNanoseconds(text: string, version: 1 | 2): number | undefined {
  const found = version === 1 ? /^(\d+)$/m.exec(text) : /^usage_usec (\d+)$/m.exec(text);
  return found ? Number(found[1]) * (version === 1 ? 1 : 1_000) : undefined;
}

/** What the kernel could not drop at once: all, without file pages that nobody has used for long. */
export function workingSetBytes(usage: string, stat: string, version: 1 | 2): number | undefined {
  const all = /^(\d+)$/m.exec(usage)?.[1];
  if (all === undefined) return undefined;
  const name = version === 1 ? 'total_inactive_file' : 'inactive_file';
  const inactive = new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? '0';
  return Math.max(0, Number(all) - Number(inactive));
}
