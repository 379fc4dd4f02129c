import { RuntimeError } from '../port.ts';
import type { Answer, PodmanClient } from './client.ts';

/**
 * Turns podman's answer into our error. podman 4 answers 500 where podman 5 answers 404 or 409, so the words are judged
 * before the number.
 */
export function refusal(answer: Answer): RuntimeError {
  const message = messageOf(answer);
  return new RuntimeError(reasonOf(answer.status, message), message);
}

export function expect(answer: Answer, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status)) throw refusal(answer);
  return answer;
}

/** Deletes what the path names. Resolves with why it is still there; `undefined` when it is gone. */
export async function whyStill(client: PodmanClient, path: string): Promise<string | undefined> {
  const answer = await client.call('DELETE', path);
  return answer.status < 300 || answer.status === 404 ? undefined : refusal(answer).message;
}

export const isNameTaken = (error: unknown): error is RuntimeError =>
  error instanceof RuntimeError &&
  /name .* is already in use|that name is already in use/.test(error.message);

/** An empty note on a layer's link leads to the directory of all layers, which is no link (readlink(2), EINVAL). */
export const isTorn = (error: unknown): boolean =>
  error instanceof RuntimeError && /readlink \S+: invalid argument/.test(error.message);

/** The container is between two states, such as being stopped by an earlier call. */
export const isImproperState = (error: unknown): boolean =>
  error instanceof RuntimeError && /container state improper|can only (stop|kill)/.test(error.message);

/** podman looks at a container's process while that ends, and stumbles; a second look finds it ended. */
export const endedMeanwhile = (answer: Answer): boolean =>
  answer.status === 500 && /\/proc\/\d+\/|no such process/.test(answer.text);

function reasonOf(status: number, message: string): RuntimeError['reason'] {
  if (/no such container|no container with (name|ID)|container has already been removed/.test(message)) {
    return 'gone';
  }
  if (/image not known|no such image|unable to find .* in local storage/.test(message)) return 'image';
  return status === 404 ? 'gone' : 'spec';
}

function messageOf(answer: Answer): string {
  try {
    const parsed: unknown = JSON.parse(answer.text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed)
      return tidy(String(parsed.message));
  } catch {
    // Not JSON: then the text itself is all there is.
  }
  return answer.text.trim() === '' ? `podman answered ${answer.status}` : tidy(answer.text.trim());
}

/** The OCI runtime's words come wrapped twice; who reads an event wants the innermost. */
export function tidy(message: string): string {
  return message
    .replace(/^unable to start container "[0-9a-f]+": /, '')
    .replace(/^(runc|crun): \1 create failed: /, '$1: ')
    .replace(
      /: OCI (runtime error|permission denied|runtime attempted to invoke a command that was not found)$/,
      '',
    );
}
