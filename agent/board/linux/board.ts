import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Board, Inventory, Sample } from '../port.ts';
import { type InventoryOptions, ownAddresses, readInventory } from './inventory.ts';
import {
  type CpuTimes,
  cpuTimes,
  defaultInterface,
  isThrottled,
  memoryBytes,
  networkBytes,
  shareBetween,
} from './proc.ts';

export type LinuxBoardOptions = Omit<InventoryOptions, 'root'> & { readonly root?: string };

const throttledPath = '/sys/devices/platform/soc/soc:firmware/get_throttled';
const thermalDirectory = '/sys/class/thermal';

/** Files of /proc and /sys are memory of the kernel's: reading them takes microseconds, and no process. */
export class LinuxBoard implements Board {
  readonly #options: InventoryOptions;
  readonly #thermometer: string | undefined;
  #lastTimes: CpuTimes;

  constructor(options: LinuxBoardOptions) {
    this.#options = { root: '/', ...options };
    this.#thermometer = this.#findThermometer();
    this.#lastTimes = cpuTimes(this.#read('/proc/stat'));
  }

  inventory(): Promise<Inventory> {
    return readInventory(this.#options);
  }

  addresses(): readonly string[] {
    return ownAddresses(defaultInterface(this.#read('/proc/net/route')));
  }

  sample(): Sample {
    const memory = memoryBytes(this.#read('/proc/meminfo'));
    const disk = statfsSync(this.#options.dataDir);
    const network = networkBytes(this.#read('/proc/net/dev'));
    return {
      uptimeSeconds: Number.parseFloat(this.#read('/proc/uptime')) || 0,
      cpuShare: this.#cpuShare(),
      memoryTotalBytes: memory.total,
      memoryUsedBytes: memory.used,
      diskTotalBytes: disk.bsize * disk.blocks,
      // What is kept for root alone is not there for pods.
      diskUsedBytes: disk.bsize * (disk.blocks - disk.bavail),
      temperatureCelsius: this.#temperature(),
      throttled: isThrottled(this.#read(throttledPath)),
      receivedBytes: network.received,
      sentBytes: network.sent,
    };
  }

  /** Since the last call. */
  #cpuShare(): number {
    const times = cpuTimes(this.#read('/proc/stat'));
    const share = shareBetween(this.#lastTimes, times);
    this.#lastTimes = times;
    return share;
  }

  #temperature(): number | null {
    if (this.#thermometer === undefined) return null;
    const text = this.#read(this.#thermometer).trim();
    return /^-?\d+$/.test(text) ? Number(text) / 1000 : null;
  }

  /** The processor's own, where zones say what they are. */
  #findThermometer(): string | undefined {
    const zones = this.#zones();
    const ofCpu = zones.find((zone) => /cpu|soc|x86_pkg/.test(this.#read(join(zone, 'type'))));
    const zone = ofCpu ?? zones[0];
    return zone === undefined ? undefined : join(zone, 'temp');
  }

  #zones(): string[] {
    try {
      const names = readdirSync(join(this.#options.root, thermalDirectory)).toSorted();
      return names
        .filter((name) => name.startsWith('thermal_zone'))
        .map((name) => join(thermalDirectory, name));
    } catch {
      return [];
    }
  }

  /** Empty where the file is missing, as on machines that are no Raspberry Pi. */
  #read(path: string): string {
    try {
      return readFileSync(join(this.#options.root, path), 'utf8');
    } catch {
      return '';
    }
  }
}
