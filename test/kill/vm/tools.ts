import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Programs that the virtual machine is made and run with, and the Debian packages that hold them. */
const packageOf = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mke2fs: 'e2fsprogs',
  cpio: 'cpio',
  depmod: 'kmod',
} as const;

/** What to install first, as a sentence; `undefined` when all is there. */
export function whatIsMissing(path = process.env.PATH ?? ''): string | undefined {
  const folders = path.split(':').filter((folder) => folder !== '');
  const missing = Object.entries(packageOf).filter(
    ([program]) => !folders.some((folder) => isProgram(join(folder, program))),
  );
  if (missing.length === 0) return undefined;
  const packages = missing.map(([, name]) => name).join(' ');
  return `this needs: apt-get install --no-install-recommends ${packages}`;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
