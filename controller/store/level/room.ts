import { statfsSync } from 'node:fs';

/** Of the file system that holds the directory, for who may not use root's reserve. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Whether the disk has room, asked anew when that is some time ago: to ask takes a tenth of what a small write takes. */
export class Room {
  readonly #enough: () => boolean;
  readonly #holdsMs: number;
  #knownUntilMs = 0;

  /** @param holdsMs how long it is believed that there is enough; that there is not is never believed. */
  constructor(enough: () => boolean, holdsMs: number) {
    this.#enough = enough;
    this.#holdsMs = holdsMs;
  }

  get isLow(): boolean {
    const nowMs = performance.now();
    if (nowMs < this.#knownUntilMs) return false;
    const low = !this.#enough();
    this.#knownUntilMs = low ? 0 : nowMs + this.#holdsMs;
    return low;
  }
}
