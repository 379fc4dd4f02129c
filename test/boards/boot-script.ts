import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface BootFacts {
  readonly name: string;
  readonly number: number;
  readonly folder: string;
  readonly bootId: string;
}

/** What a board's /etc/machine-id says. */
export function machineIdOf(name: string): string {
  return createHash('sha256').update(`machine ${name}`).digest('hex').slice(0, 32);
}

/**
 * What makes a namespace look like a board that was just switched on: an empty /run and /dev/shm, an /etc of its own on its
 * disk, and a Raspberry Pi's words in /proc.
 */
export function bootScript({ name, number, folder, bootId }: BootFacts): string {
  const [etc, work] = [join(folder, 'etc'), join(folder, 'etc-work')];
  const serial = `10000000${number.toString(16).padStart(8, '0')}`;
  return `
mkdir -p ${quoted(etc)} ${quoted(work)}
mount -t proc proc /proc
mount -t overlay overlay -o lowerdir=/etc,upperdir=${quoted(etc)},workdir=${quoted(work)} /etc
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/netns
mount -t tmpfs tmpfs /dev/shm
hostname ${name}
echo ${name} > /etc/hostname
printf '127.0.0.1 localhost ${name}\\n::1 localhost\\n' > /etc/hosts
echo ${machineIdOf(name)} > /etc/machine-id
echo ${bootId} > /run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
cat /proc/cpuinfo > /run/cpuinfo
printf 'Revision\\t: c03114\\nSerial\\t\\t: ${serial}\\nModel\\t\\t: Raspberry Pi 4 Model B Rev 1.4\\n' >> /run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo
ip link set lo up`;
}

/** Folders of tests are named by us: a quote in them would be a mistake, not an attack. */
function quoted(path: string): string {
  return `'${path}'`;
}
