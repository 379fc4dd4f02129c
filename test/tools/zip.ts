import { type FileHandle, open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

const endMark = 0x06054b50;
const entryMark = 0x02014b50;
/** The end record, and the longest comment behind it (APPNOTE 4.3.16). */
const longestEnd = 22 + 65_535;

/** The content of one file of a ZIP archive, checked for its length. Throws if the archive has no such file. */
export async function readZipEntry(archive: string, name: string): Promise<Uint8Array> {
  const file = await open(archive);
  try {
    const entry = findEntry(await readDirectory(file), name);
    if (!entry) throw new Error(`${archive} holds no ${name}`);
    const header = await readAt(file, entry.offset, 30);
    const dataOffset = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = await readAt(file, dataOffset, entry.packedBytes);
    const content = entry.stored ? packed : inflateRawSync(packed);
    if (content.length !== entry.bytes) throw new Error(`${name} in ${archive} is damaged`);
    return content;
  } finally {
    await file.close();
  }
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - longestEnd), Math.min(size, longestEnd));
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== endMark) continue;
    return readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  }
  throw new Error('this is no ZIP archive');
}

function findEntry(directory: Buffer, wanted: string) {
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === entryMark) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if (name === wanted) {
      return {
        stored: directory.readUInt16LE(at + 10) === 0,
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('the archive ends too early');
  return buffer;
}
