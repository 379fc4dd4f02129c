import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes durable what was created, renamed or removed in `directory`. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
