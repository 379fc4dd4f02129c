import { closeSync, constants, openSync, readSync } from 'node:fs';

/** Containers of which the kernel killed a process for want of memory. */
export interface OomEvidence {
  has(containerId: string): boolean;
  close(): void;
}

const remembered = 1_000;
const recordBytes = 8_192;

/**
 * Reads the kernel's log, which tells it on cgroup v1 and v2 alike, whether or not the container's cgroup is still there
 * and whether or not the agent was running. (conmon notices it on cgroup v2 only, and asking the cgroup comes too late.)
 * Without the right to read the log there is never evidence.
 */
export function kernelOomEvidence(path = '/dev/kmsg'): OomEvidence {
  const killed = new Set<string>();
  const fd = openOrNothing(path);
  const record = Buffer.alloc(recordBytes);
  const readOn = () => {
    for (let text = nextRecord(fd, record); text !== undefined; text = nextRecord(fd, record)) {
      const id = containerKilledIn(text);
      if (id !== undefined) remember(killed, id);
    }
  };
  return {
    has(containerId) {
      if (fd !== undefined) readOn();
      return killed.has(containerId);
    },
    close() {
      if (fd !== undefined) closeSync(fd);
    },
  };
}

/** The id in a line such as `oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=/machine.slice/libpod-{id}.scope,…`. */
export function containerKilledIn(line: string): string | undefined {
  if (!line.includes('oom-kill:')) return undefined;
  return /task_memcg=[^,]*libpod-([0-9a-f]{64})/.exec(line)?.[1];
}

function remember(killed: Set<string>, id: string): void {
  killed.delete(id);
  killed.add(id);
  for (const oldest of killed) {
    if (killed.size <= remembered) return;
    killed.delete(oldest);
  }
}

function openOrNothing(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** One read is one record; `undefined` where there is no further one yet. */
function nextRecord(fd: number | undefined, into: Buffer): string | undefined {
  if (fd === undefined) return undefined;
  try {
    const length = readSync(fd, into, 0, into.length, null);
    return length === 0 ? undefined : into.toString('latin1', 0, length);
  } catch (error) {
    // EPIPE: records were overwritten before we read them; reading goes on with the oldest there is.
    return (error as NodeJS.ErrnoException).code === 'EPIPE' ? '' : undefined;
  }
}
