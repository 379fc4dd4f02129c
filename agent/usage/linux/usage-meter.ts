import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { ContainerUsage } from '@bramble/protocol/messages/usage.ts';
import { type CgroupFolders, cgroupFolders, cpuNanoseconds, workingSetBytes } from '../cgroup-paths.ts';
import type { RunningContainer, UsageMeter } from '../port.ts';

export interface LinuxUsageMeterOptions {
  readonly host: Pick<Host, 'monotonic' | 'timer'>;
  /** Where /proc and /sys are. */
  readonly root?: string;
}

interface Reading {
  readonly cpuNs: number;
  readonly atMs: number;
}

/** Two readings closer together than this say little. */
const leastWindowMs = 600;
/** An older reading says what was, and not what is. */
const mostWindowMs = 30_000;

/** Reads the kernel's counters of each container: files in memory, and no process is started. */
export class LinuxUsageMeter implements UsageMeter {
  readonly #host: LinuxUsageMeterOptions['host'];
  readonly #root: string;
  /** By container id: of those that ran when somebody asked last. */
  #readings = new Map<string, Reading>();

  constructor({ host, root = '/' }: LinuxUsageMeterOptions) {
    this.#host = host;
    this.#root = root;
  }

  async measure(containers: readonly RunningContainer[]): Promise<ContainerUsage[]> {
    const asked = containers.slice(0, limits.usageContainers);
    const before = await this.#recent(asked);
    await this.#untilApart(before);
    const measured = await Promise.all(asked.map((one) => this.#measureOne(one, before.get(one.id))));
    const found = measured.filter((one) => one !== undefined);
    this.#readings = new Map(found.map(({ id, reading }) => [id, reading]));
    return found.map(({ usage }) => usage);
  }

  /** The first of two readings: one that is recent, or one that is taken now. */
  async #recent(containers: readonly RunningContainer[]): Promise<Map<string, Reading>> {
    const nowMs = this.#host.monotonic();
    const readings = new Map<string, Reading>();
    await Promise.all(
      containers.map(async (one) => {
        const known = this.#readings.get(one.id);
        const recent = known && nowMs - known.atMs <= mostWindowMs ? known : await this.#readCpu(one);
        if (recent) readings.set(one.id, recent);
      }),
    );
    return readings;
  }

  async #untilApart(readings: ReadonlyMap<string, Reading>): Promise<void> {
    const newest = Math.max(...[...readings.values()].map(({ atMs }) => atMs));
    const waitMs = newest + leastWindowMs - this.#host.monotonic();
    if (waitMs > 0) await new Promise<void>((resolve) => this.#host.timer(waitMs, resolve));
  }

  async #measureOne(one: RunningContainer, before: Reading | undefined) {
    const folders = await this.#folders(one);
    const reading = await this.#readCpu(one, folders);
    const memoryBytes = await this.#memoryBytes(folders);
    if (!before || !reading || memoryBytes === undefined) return undefined;
    const windowMs = Math.max(1, reading.atMs - before.atMs);
    const cpuNanocores = Math.round((Math.max(0, reading.cpuNs - before.cpuNs) / windowMs) * 1_000);
    const { uid, container, id } = one;
    const usage = { uid, container, cpuNanocores, memoryBytes, windowMs: Math.round(windowMs) };
    return { id, reading, usage };
  }

  async #folders({ pid, id }: RunningContainer): Promise<CgroupFolders | undefined> {
    return cgroupFolders(await this.#read(`proc/${pid}/cgroup`), id);
  }

  async #readCpu(one: RunningContainer, known?: CgroupFolders): Promise<Reading | undefined> {
    const folders = known ?? (await this.#folders(one));
    if (!folders) return undefined;
    const { version, cpu } = folders;
    const text = await this.#read(`sys/fs/cgroup/${cpu}/${version === 1 ? 'cpuacct.usage' : 'cpu.stat'}`);
    const cpuNs = cpuNanoseconds(text, version);
    return cpuNs === undefined ? undefined : { cpuNs, atMs: this.#host.monotonic() };
  }

  async #memoryBytes(folders: CgroupFolders | undefined): Promise<number | undefined> {
    if (!folders) return undefined;
    const { version, processes, memory } = folders;
    if (memory !== undefined) {
      const all = version === 1 ? 'memory.usage_in_bytes' : 'memory.current';
      const [usage, stat] = await Promise.all([
        this.#read(`sys/fs/cgroup/${memory}/${all}`),
        this.#read(`sys/fs/cgroup/${memory}/memory.stat`),
      ]);
      const bytes = workingSetBytes(usage, stat, version);
      if (bytes !== undefined) return bytes;
    }
    return this.#residentBytes(await this.#read(`sys/fs/cgroup/${processes}/cgroup.procs`));
  }

  /** Where the kernel counts no groups' memory: of its processes, those pages twice that several share. */
  async #residentBytes(processes: string): Promise<number> {
    let kilobytes = 0;
    for (const [pid] of processes.matchAll(/^\d+$/gm)) {
      const status = await this.#read(`proc/${pid}/status`);
      kilobytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    }
    return kilobytes * 1_024;
  }

  /** Empty where the file is not there: a container may end at any moment. */
  async #read(path: string): Promise<string> {
    try {
      return await readFile(join(this.#root, path), 'utf8');
    } catch {
      return '';
    }
  }
}
