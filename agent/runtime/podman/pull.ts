import * as z from '@bramble/protocol/zod.ts';
import { type RegistryAuth, RuntimeError } from '../port.ts';
import type { PodmanClient } from './client.ts';
import { completeImageReference } from './image-reference.ts';
import { jsonLines } from './json-lines.ts';
import { refusal } from './refusals.ts';

const progress = z.object({ error: z.optional(z.string()), id: z.optional(z.string()) });

/** @throws RuntimeError `image` with the registry's words. */
export async function pullImage(
  client: PodmanClient,
  image: string,
  auth: RegistryAuth | undefined,
): Promise<void> {
  const reference = encodeURIComponent(completeImageReference(image));
  const response = await client.open('POST', `/images/pull?reference=${reference}&policy=always`, {
    headers: authHeader(auth),
  });
  const words: string[] = [];
  let id: string | undefined;
  try {
    for await (const value of jsonLines(response)) {
      const step = progress.safeParse(value).data;
      if (step?.error !== undefined) words.push(step.error);
      id = step?.id ?? id;
      if (response.statusCode !== 200) throw asImageError(response.statusCode ?? 0, JSON.stringify(value));
    }
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError('unavailable', `podman ended the pull of ${image}: ${String(error)}`, {
      cause: error,
    });
  }
  if (words.length > 0) throw new RuntimeError('image', lastWords(words));
  if (id === undefined) throw new RuntimeError('image', `podman did not say that it has ${image}`);
}

function authHeader(auth: RegistryAuth | undefined): Record<string, string> {
  if (auth === undefined) return {};
  const text = Buffer.from(JSON.stringify(auth)).toString('base64');
  // RFC 4648 §5, but with the padding that Node's `base64url` leaves out and podman demands.
  return { 'x-registry-auth': text.replaceAll('+', '-').replaceAll('/', '_') };
}

function asImageError(status: number, text: string): RuntimeError {
  const error = refusal({ status, text });
  return new RuntimeError('image', error.message, { cause: error });
}

/** podman says some things twice, the second time with more around it; the longest is whole. */
function lastWords(words: readonly string[]): string {
  return words.reduce((longest, next) => (next.length > longest.length ? next : longest), '').slice(0, 2_000);
}
