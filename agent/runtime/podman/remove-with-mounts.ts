import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { unmountUnder } from '../../volumes/disk/mounts.ts';

const removals = 100;
const removalPauseMs = 100;

/**
 * Removes `directory` with all that is in it and mounted there. What is still at work there, as podman's clean-up of a
 * container that has ended, may mount and write once more: so it is begun anew, from the mounts on. (To retry each
 * folder above a mount by itself, as rm's own retries do, takes minutes.) @throws the last error after ten seconds.
 */
export async function removeWithMounts(directory: string): Promise<void> {
  for (let left = removals; ; left -= 1) {
    try {
      await unmountUnder(directory);
      await rm(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left <= 1) throw error;
      await pause(removalPauseMs);
    }
  }
}
