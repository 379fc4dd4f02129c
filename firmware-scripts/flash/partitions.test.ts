import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bootAndRoot, readPartitions, tableBytes } from './partitions.ts';

const mib = 1_048_576;

function mbr(entries: readonly (readonly [type: number, startSector: number, sectors: number])[]): Buffer {
  const head = Buffer.alloc(tableBytes);
  for (const [index, [type, start, sectors]] of entries.entries()) {
    const at = 446 + index * 16;
    head.writeUInt8(type, at + 4);
    head.writeUInt32LE(start, at + 8);
    head.writeUInt32LE(sectors, at + 12);
  }
  head.writeUInt16LE(0xaa55, 510);
  return head;
}

/** With entries as `sfdisk` writes them: GUIDs in their mixed order of bytes. */
function gpt(entries: readonly (readonly [typeOnDisk: string, first: number, last: number])[]): Buffer {
  const head = mbr([[0xee, 1, 4_294_967_295]]);
  head.write('EFI PART', 512, 'latin1');
  head.writeBigUInt64LE(2n, 512 + 72);
  head.writeUInt32LE(128, 512 + 80);
  head.writeUInt32LE(128, 512 + 84);
  for (const [index, [type, first, last]] of entries.entries()) {
    const at = 1024 + index * 128;
    head.write(type, at, 'hex');
    head.writeBigUInt64LE(BigInt(first), at + 32);
    head.writeBigUInt64LE(BigInt(last), at + 40);
  }
  return head;
}

test('an MBR as Raspberry Pi OS has it: FAT to boot from, then Linux', () => {
  const found = readPartitions(
    mbr([
      [0x0c, 8192, 1_048_576],
      [0x83, 1_056_768, 4_000_000],
    ]),
  );
  assert.deepEqual(found, [
    { index: 1, startBytes: 4 * mib, sizeBytes: 512 * mib, kind: 'fat' },
    { index: 2, startBytes: 516 * mib, sizeBytes: 2_048_000_000, kind: 'linux' },
  ]);
  assert.deepEqual(bootAndRoot(found ?? []), { boot: found?.[0], root: found?.[1] });
});

test('gaps in an MBR keep the numbers of what follows', () => {
  const found = readPartitions(
    mbr([
      [0, 0, 0],
      [0x82, 2048, 2048],
      [0x0e, 4096, 2048],
    ]),
  );
  assert.deepEqual(
    found?.map(({ index, kind }) => [index, kind]),
    [
      [2, 'other'],
      [3, 'fat'],
    ],
  );
});

test('a GPT: EFI system and arm64 root, empty entries left out', () => {
  const found = readPartitions(
    gpt([
      ['28732ac11ff8d211ba4b00a0c93ec93b', 2048, 526_335],
      ['00000000000000000000000000000000', 0, 0],
      ['45b021b9f01dc341af444c6f280d3fae', 526_336, 4_000_000],
    ]),
  );
  assert.deepEqual(found, [
    { index: 1, startBytes: mib, sizeBytes: 256 * mib, kind: 'fat' },
    { index: 3, startBytes: 257 * mib, sizeBytes: (4_000_000 - 526_336 + 1) * 512, kind: 'linux' },
  ]);
});

test('no table, no partitions; and no bytes at all make it throw', () => {
  assert.equal(readPartitions(Buffer.alloc(tableBytes)), undefined);
  assert.equal(readPartitions(Buffer.alloc(0)), undefined);
  assert.deepEqual(readPartitions(mbr([])), []);
  assert.equal(readPartitions(mbr([[0xee, 1, 1]])), undefined, 'protective, and nothing that it protects');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_048 }), fc.boolean(), (noise, isGpt) => {
      const head = isGpt ? gpt([]) : mbr([]);
      head.set(noise.subarray(0, 400), isGpt ? 520 : 0);
      head.set(noise.subarray(400), 1024);
      readPartitions(head.subarray(0, 512 + noise.length));
    }),
  );
});
