import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unusable } from './format.ts';

/** Far above any object (`limits.objectBytes`): what is longer is not ours, and would fill the memory. */
const longestLine = 67_108_864;

/** The lines of a gzip file. @throws BrambleError BRAMBLE_BACKUP_UNUSABLE when it is none, or damaged. */
export async function* readGzipLines(path: string): AsyncGenerator<string> {
  // The error, if any, comes out of the iteration below.
  const text = pipeline(createReadStream(path), createGunzip(), () => {}).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of text) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (rest.length > longestLine) unusable(`a line of it is longer than ${longestLine} characters`);
    }
  } catch (error) {
    if (error instanceof Error && 'errno' in error && String(codeOf(error)).startsWith('Z_'))
      unusable(`${path}: ${error.message}`);
    throw error;
  }
  if (rest !== '') unusable('it is cut short');
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
