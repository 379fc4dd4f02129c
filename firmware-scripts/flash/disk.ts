/** A partition of a disk, as the kernel sees it. */
export interface DiskPart {
  readonly name: string;
  readonly bytes: number;
  /** Where it is mounted. */
  readonly mountedAt: readonly string[];
  readonly isSwap: boolean;
  /** What is made of it: LVM, RAID, encryption. */
  readonly holders: readonly string[];
}

/** A whole disk; what is true of it beside its partitions stands in `whole`. */
export interface Disk {
  readonly name: string;
  readonly bytes: number;
  readonly model: string;
  readonly isReadOnly: boolean;
  /** A card or a stick: it can be taken out, or hangs on USB. */
  readonly isRemovable: boolean;
  readonly whole: DiskPart;
  readonly parts: readonly DiskPart[];
}

/** Why a disk must not be overwritten, each with what to do; none if it may be. `force` lets disks pass that are built in. */
export function objectionsTo(disk: Disk, force: boolean): string[] {
  return [
    ...[disk.whole, ...disk.parts].flatMap(useOf),
    ...(disk.isReadOnly ? [`${disk.name} is read-only: is the card’s lock switch on?`] : []),
    ...(disk.bytes === 0 ? [`${disk.name} has no medium in it`] : []),
    ...(disk.isRemovable || force
      ? []
      : [`${disk.name} is built into this machine and no card; if it really is the one, add --force`]),
  ];
}

/** The system's own disk is one of these: it is in use, and no flag helps. */
function useOf({ name, mountedAt, isSwap, holders }: DiskPart): string[] {
  if (mountedAt.includes('/')) return [`${name} holds this machine’s system`];
  return [
    ...mountedAt.map((folder) => `${name} is mounted at ${folder}: umount ${folder}`),
    ...(isSwap ? [`${name} is swap of this machine: swapoff /dev/${name}`] : []),
    ...holders.map((holder) => `${name} is part of ${holder} (LVM, RAID or encryption)`),
  ];
}

/** What will be lost, for a person to read. */
export function describeDisk({ name, bytes, model, parts }: Disk): string {
  const contents =
    parts.length === 0
      ? 'no partitions'
      : parts.map((part) => `${part.name} (${sizeText(part.bytes)})`).join(', ');
  return `/dev/${name}: ${model || 'unknown model'}, ${sizeText(bytes)}; on it: ${contents}`;
}

/** As they are printed on cards: in powers of ten. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
