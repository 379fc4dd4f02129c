/** One entry of an archive; directories end with a slash. */
export type TarEntry =
  | { readonly path: string; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly path: string; readonly link: string }
  | { readonly path: string };

const blockBytes = 512;

/** A ustar archive (POSIX.1-1988), owned by root and dated at the epoch, so that equal content is equal bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const end = Buffer.alloc(2 * blockBytes);
  return Buffer.concat([...entries.flatMap(entryBlocks), end]);
}

function entryBlocks(entry: TarEntry): Buffer[] {
  if ('bytes' in entry) {
    const padding = Buffer.alloc((blockBytes - (entry.bytes.byteLength % blockBytes)) % blockBytes);
    const head = header(entry.path, '0', entry.mode, entry.bytes.byteLength, '');
    return [head, Buffer.from(entry.bytes), padding];
  }
  if ('link' in entry) return [header(entry.path, '2', 0o777, 0, entry.link)];
  return [header(entry.path, '5', 0o755, 0, '')];
}

function header(path: string, type: string, mode: number, size: number, link: string): Buffer {
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(link) > 100)
    throw new Error(`tar: ${path} is too long`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  block.write(path, 0, 'utf8');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  // The checksum is taken with its own field as spaces.
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(link, 157, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}
