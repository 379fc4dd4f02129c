/** One entry of a partition table. */
export interface Partition {
  /** From 1, as Linux counts them. */
  readonly index: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly kind: 'fat' | 'linux' | 'other';
}

/** What must be read from the beginning of an image to know its partitions: the GPT's header and its usual 128 entries. */
export const tableBytes = 34 * 512;

const sectorBytes = 512;
const entriesAt = 446;
const entryBytes = 16;
const protectiveType = 0xee;
const fatTypes = [0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e, 0xef];
const linuxType = 0x83;
const gptKinds: Readonly<Record<string, Partition['kind']>> = {
  // EFI system, and what Windows calls basic data: both hold FAT on a card.
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'fat',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'fat',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'linux',
  // The root partition of arm64, in systemd's list of types that describe themselves.
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'linux',
};

/** Reads an MBR or a GPT from the first {@link tableBytes} of an image; `undefined` where there is neither. */
export function readPartitions(head: Buffer): readonly Partition[] | undefined {
  if (head.length < sectorBytes || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const entries = [0, 1, 2, 3].map((index) => mbrEntry(head, index));
  const isProtective = entries.some(({ type }) => type === protectiveType);
  return isProtective
    ? readGpt(head)
    : entries.filter(({ type }) => type !== 0).map(({ partition }) => partition);
}

function mbrEntry(head: Buffer, index: number): { type: number; partition: Partition } {
  const at = entriesAt + index * entryBytes;
  const type = head.readUInt8(at + 4);
  const kind = fatTypes.includes(type) ? 'fat' : type === linuxType ? 'linux' : 'other';
  const startBytes = head.readUInt32LE(at + 8) * sectorBytes;
  const sizeBytes = head.readUInt32LE(at + 12) * sectorBytes;
  return { type, partition: { index: index + 1, startBytes, sizeBytes, kind } };
}

function readGpt(head: Buffer): readonly Partition[] | undefined {
  if (head.length < 2 * sectorBytes || head.toString('latin1', 512, 520) !== 'EFI PART') return undefined;
  const first = Number(head.readBigUInt64LE(512 + 72)) * sectorBytes;
  const [count, size] = [head.readUInt32LE(512 + 80), head.readUInt32LE(512 + 84)];
  const found: Partition[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = first + index * size;
    if (size < 48 || at + size > head.length) break;
    const kind = guidAt(head, at);
    const startBytes = Number(head.readBigUInt64LE(at + 32)) * sectorBytes;
    const endBytes = (Number(head.readBigUInt64LE(at + 40)) + 1) * sectorBytes;
    if (kind !== '00000000-0000-0000-0000-000000000000')
      found.push({
        index: index + 1,
        startBytes,
        sizeBytes: endBytes - startBytes,
        kind: gptKinds[kind] ?? 'other',
      });
  }
  return found;
}

/** The first three groups of a GUID on disk are little-endian. */
function guidAt(bytes: Buffer, at: number): string {
  const group = (from: number, to: number): string => bytes.toString('hex', at + from, at + to);
  const swapped = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return `${swapped(0, 4)}-${swapped(4, 6)}-${swapped(6, 8)}-${group(8, 10)}-${group(10, 16)}`;
}

/** Where the firmware looks, and where the system is: the first FAT partition, and the first Linux one. */
export function bootAndRoot(partitions: readonly Partition[]): {
  readonly boot: Partition | undefined;
  readonly root: Partition | undefined;
} {
  return {
    boot: partitions.find(({ kind }) => kind === 'fat'),
    root: partitions.find(({ kind }) => kind === 'linux'),
  };
}
