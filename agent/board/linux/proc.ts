/** Readers of the kernel's texts: pure, and content with what is missing. */

export interface CpuTimes {
  /** In the kernel's ticks since the board started. */
  readonly busy: number;
  readonly total: number;
}

/** First line of /proc/stat (proc(5)). Guest time is part of user time already. */
export function cpuTimes(stat: string): CpuTimes {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, stolen = 0] = line
    .split(' ')
    .map(Number);
  const busy = user + nice + system + irq + softirq + stolen;
  return { busy, total: busy + idle + waiting };
}

/** 0 to 1; 0 where no time has passed. */
export function shareBetween(earlier: CpuTimes, later: CpuTimes): number {
  const total = later.total - earlier.total;
  const share = total <= 0 ? 0 : (later.busy - earlier.busy) / total;
  return Math.min(1, Math.max(0, share));
}

/** What is available to programs counts as free: caches give way. */
export function memoryBytes(meminfo: string): { readonly total: number; readonly used: number } {
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const total = field('MemTotal');
  return { total, used: Math.max(0, total - field('MemAvailable')) };
}

/** Loopback, bridges and pods' cables: their bytes pass the board's real interfaces, too, or never leave it. */
const inside = /^(lo|bv[0-9a-f]{12}|bramble|veth|docker|br-|cni|podman|virbr|ifb|dummy)/;
export const isInside = (name: string): boolean => inside.test(name);

export function networkBytes(dev: string): { readonly received: number; readonly sent: number } {
  let received = 0;
  let sent = 0;
  for (const [, name = '', rest = ''] of dev.matchAll(/^\s*([^\s:]+):\s*(.*)$/gm)) {
    const numbers = rest.trim().split(/\s+/).map(Number);
    if (isInside(name)) continue;
    received += numbers[0] ?? 0;
    sent += numbers[8] ?? 0;
  }
  return { received, sent };
}

/** Interface of the IPv4 default route with the lowest metric, from /proc/net/route. */
export function defaultInterface(route: string): string | undefined {
  const rows = route.split('\n').map((line) => line.trim().split(/\s+/));
  const defaults = rows.filter((row) => row[1] === '00000000' && row[7] === '00000000');
  return defaults.sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

/**
 * The firmware's word (hexadecimal, with or without 0x): bits 1 to 3 say that it caps the frequency, throttles, or nears its
 * soft temperature limit now. The upper half says what has happened since the start.
 */
export function isThrottled(text: string): boolean | null {
  const value = Number.parseInt(text.trim().replace(/^0x/i, ''), 16);
  return Number.isNaN(value) ? null : (value & 0b1110) !== 0;
}

/** Texts of the device tree end with a zero byte. */
export const deviceTreeText = (text: string): string => text.replace(/\0+$/, '').trim();
