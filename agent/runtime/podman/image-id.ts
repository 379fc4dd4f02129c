import * as z from '@bramble/protocol/zod.ts';
import type { PodmanClient } from './client.ts';
import { imagePath } from './image-reference.ts';
import { expect } from './refusals.ts';

const inspection = z.object({ Id: z.string() });

/** The id of the image that podman has by this name; `undefined` for none. @throws RuntimeError */
export async function imageIdOf(client: PodmanClient, image: string): Promise<string | undefined> {
  const answer = await client.call('GET', `/images/${imagePath(image)}/json`);
  if (answer.status === 404) return undefined;
  return inspection.parse(JSON.parse(expect(answer, 200).text)).Id;
}
