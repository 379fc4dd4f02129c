import { setTimeout as pause } from 'node:timers/promises';
import type { PodmanClient } from './client.ts';
import { whyStill } from './refusals.ts';

/** As long as podman may take from a container's storage to its note of it, on a slow card. */
const patienceMs = 5_000;
const lookMs = 250;

/**
 * What holds a name that podman will not give again: the container that an agent made which was killed then, or one that
 * podman is still making for it.
 */
export async function holderOf<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const found = await look();
    if (found !== undefined || waitedMs >= patienceMs) return found;
    await pause(lookMs);
  }
}

/**
 * podman makes a container's storage before it notes the container. Where it died in between, as in a power cut, the
 * storage holds the name for ever, and belongs to no container. Resolves with whether it was removed.
 */
export async function removeOrphan(client: PodmanClient, { message }: Error): Promise<boolean> {
  const id = /already in use by "?([0-9a-f]{64})/.exec(message)?.[1];
  if (id === undefined) return false;
  return (await whyStill(client, `/containers/${id}?force=true&timeout=0&v=true`)) === undefined;
}
