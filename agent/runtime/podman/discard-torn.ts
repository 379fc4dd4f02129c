import { rm } from 'node:fs/promises';
import type { LogEntry } from '@bramble/actors/host.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { Arrival } from './arrivals.ts';
import type { PodmanClient } from './client.ts';
import { imageIdOf } from './image-id.ts';
import { imagePath } from './image-reference.ts';
import { refusal, whyStill } from './refusals.ts';
import { removeWithMounts } from './remove-with-mounts.ts';
import type { PodmanService } from './service.ts';
import type { PodmanPaths } from './settings.ts';
import { findTorn, type Torn } from './torn-layers.ts';
import { holdsProcesses } from './view.ts';

export interface TornParts {
  readonly client: PodmanClient;
  readonly service: PodmanService;
  readonly paths: Pick<PodmanPaths, 'graphRoot'>;
  readonly log: (entry: LogEntry) => void;
}

const states = z.array(z.object({ State: z.string() }));

/**
 * Throws away what a power cut tore: containers are made anew, images are had anew. Where podman cannot do that and
 * nothing runs, its whole storage goes, since a board that starts no pod ever again is worse than one that pulls again.
 */
export async function discardTorn(parts: TornParts): Promise<void> {
  const torn = await findTorn(parts.paths.graphRoot);
  if (isWhole(torn)) return;
  const { containers, images } = torn;
  say(parts, `a power cut tore ${containers.length} containers and ${images.length} images; removing them`);
  await removeAll(parts, torn);
  if (isWhole(await findTorn(parts.paths.graphRoot))) return;
  if (await somethingRuns(parts.client)) {
    say(parts, 'torn containers or images are still there; restart the board to have them removed');
    return;
  }
  say(parts, 'podman cannot remove what is torn: its storage is made anew, and all images are pulled again');
  await parts.service.stop();
  await removeWithMounts(parts.paths.graphRoot);
  await parts.service.ensure();
}

/** Nothing runs on them, since the board has started since. `torn` has the images by the paths of their notes. */
export async function discardArrivals(
  torn: ReadonlyMap<string, Arrival>,
  { client, log }: Pick<TornParts, 'client' | 'log'>,
): Promise<void> {
  for (const [note, { image, had }] of torn) {
    // It did not come after all: what the board had before is whole. What podman cannot even look at is not.
    if (had !== undefined && (await imageIdOf(client, image).catch(() => undefined)) === had) {
      await rm(note, { force: true });
      continue;
    }
    say({ log }, `the power went while ${image} came: it is removed, and had anew`);
    const answer = await client.call('DELETE', `/images/${imagePath(image)}?force=true`);
    if (answer.status < 300 || refusal(answer).reason !== 'spec') await rm(note, { force: true });
    else say({ log }, `cannot remove ${image}: ${refusal(answer).message}`);
  }
}

const isWhole = ({ containers, images }: Torn) => containers.length + images.length === 0;

async function removeAll({ client, ...parts }: TornParts, torn: Torn): Promise<void> {
  let refused = false;
  const remove = async (what: string, path: string) => {
    const why = await whyStill(client, path);
    if (why === undefined) return;
    refused = true;
    say(parts, `cannot remove torn ${what}: ${why}`);
  };
  // Without force: what runs is spared.
  for (const id of torn.containers) await remove(`container ${id}`, `/containers/${id}?v=true`);
  // With force, since an image may have many names; but it would take running containers along.
  if (refused) return;
  for (const id of torn.images) await remove(`image ${id}`, `/images/${id}?force=true`);
}

async function somethingRuns(client: PodmanClient): Promise<boolean> {
  const answer = await client.call('GET', '/containers/json?all=true');
  if (answer.status !== 200) return true;
  return states.parse(JSON.parse(answer.text)).some(({ State }) => holdsProcesses(State));
}

function say(parts: Pick<TornParts, 'log'>, message: string): void {
  parts.log({ level: 'warn', from: 'podman', message });
}
