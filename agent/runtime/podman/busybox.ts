import { open, readFile } from 'node:fs/promises';
import { BrambleError } from '@bramble/protocol/errors.ts';

/** The machine's own, and the one that the launcher (`setup/packages.mjs`) unpacks where that is none. */
const unpacked = '/var/cache/bramble/busybox-static';
const places = ['/bin/busybox', '/usr/bin/busybox', `${unpacked}/bin/busybox`, `${unpacked}/usr/bin/busybox`];
/** ELF program header type of a program that needs a loader, and so libraries (System V ABI, chapter 5). */
const interpreterHeader = 3;

/**
 * The machine's statically linked busybox: what the hello image and the trial of OCI runtimes are made of.
 * @throws BrambleError BRAMBLE_NO_RUNTIME when there is none.
 */
export async function staticBusybox(): Promise<string> {
  for (const place of places) {
    if (await isStaticProgram(place)) return place;
  }
  throw new BrambleError(
    'BRAMBLE_NO_RUNTIME',
    `no statically linked busybox at ${places.join(' or ')}: \`npm start\` sees to it, \`apt-get install busybox-static\` as well`,
  );
}

async function isStaticProgram(path: string): Promise<boolean> {
  const head = await firstBytes(path);
  return head !== undefined && head.toString('latin1', 0, 4) === '\x7fELF' && !hasInterpreter(head);
}

async function firstBytes(path: string): Promise<Buffer | undefined> {
  try {
    await using file = await open(path);
    const head = Buffer.alloc(4096);
    await file.read(head, 0, head.length, 0);
    return head;
  } catch {
    return undefined;
  }
}

/** Both word sizes, little-endian, as every board that Bramble runs on. */
function hasInterpreter(head: Buffer): boolean {
  const wide = head[4] === 2;
  const tableAt = wide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const entryBytes = head.readUInt16LE(wide ? 54 : 42);
  const entries = head.readUInt16LE(wide ? 56 : 44);
  for (let index = 0; index < entries; index += 1) {
    const at = tableAt + index * entryBytes;
    if (at + 4 <= head.length && head.readUInt32LE(at) === interpreterHeader) return true;
  }
  return false;
}

export const readBusybox = async (): Promise<Buffer> => readFile(await staticBusybox());
