import * as z from '@bramble/protocol/zod.ts';
import type { ContainerView } from '../port.ts';
import { managedLabel } from './create-body.ts';
import { tidy } from './refusals.ts';
import { terminationLabel } from './termination-message.ts';

/** podman's answer to inspect, the part that Bramble reads. */
export const inspection = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  ImageName: z.string(),
  State: z.object({
    Status: z.string(),
    Pid: z.number(),
    ExitCode: z.number(),
    OOMKilled: z.boolean(),
    Error: z.string(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
  }),
  Config: z.object({ Labels: z.nullish(z.record(z.string(), z.string())) }),
  HostConfig: z.nullish(z.object({ LogConfig: z.nullish(z.object({ Path: z.nullish(z.string()) })) })),
});
export type Inspection = z.infer<typeof inspection>;

export interface Evidence {
  /** The kernel said that it killed a process of this container for want of memory. */
  readonly outOfMemory: boolean;
  /** What starting it failed with, as far as this agent remembers. */
  readonly startError: string | undefined;
  readonly terminationMessage?: string | undefined;
}

export function containerView(found: Inspection, evidence: Evidence): ContainerView {
  const state = stateOf(found);
  const exitCode = state === 'exited' ? exitCodeOf(found) : undefined;
  const failed = exitCode !== undefined && exitCode !== 0;
  return {
    id: found.Id,
    name: found.Name,
    image: found.ImageName,
    imageId: found.Image.startsWith('sha256:') ? found.Image : `sha256:${found.Image}`,
    labels: withoutOurs(found.Config.Labels ?? {}),
    state,
    pid: state === 'running' ? found.State.Pid : 0,
    exitCode,
    outOfMemory: failed && (found.State.OOMKilled || evidence.outOfMemory),
    // podman 5 keeps it, podman 4 does not.
    error: found.State.Error !== '' ? tidy(found.State.Error) : (evidence.startError ?? ''),
    ...(state === 'exited' && evidence.terminationMessage
      ? { terminationMessage: evidence.terminationMessage }
      : {}),
    startedAt: timeOf(found.State.StartedAt),
    finishedAt: state === 'exited' ? finishedAt(found) : '',
  };
}

/** podman names a container's states in many ways. */
export function holdsProcesses(status: string): boolean {
  return status === 'running' || status === 'paused' || status === 'stopping';
}

export function stateOf(found: Pick<Inspection, 'State'>): ContainerView['state'] {
  if (holdsProcesses(found.State.Status)) return 'running';
  switch (found.State.Status) {
    case 'exited':
    case 'stopped':
    case 'removing':
      return 'exited';
    default:
      // After a reboot podman calls what had run `created` again; to us it has ended.
      return timeOf(found.State.StartedAt) === '' ? 'created' : 'exited';
  }
}

/**
 * What ended with the board itself has no end that anybody noted, and podman 5 calls its exit code 0. 255 is what Kubernetes
 * says of such containers.
 */
function exitCodeOf({ State }: Inspection): number {
  return timeOf(State.FinishedAt) === '' ? 255 : State.ExitCode;
}

/** podman notes a start only when all of it is done, by when a short container may have ended. */
function finishedAt({ State }: Inspection): string {
  const noted = timeOf(State.FinishedAt);
  return Date.parse(noted) < Date.parse(State.StartedAt) ? State.StartedAt : noted;
}

/** Go's zero time means never. */
const timeOf = (text: string) => (text.startsWith('0001-') ? '' : text);

function withoutOurs(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [managedLabel]: _ours, [terminationLabel]: _message, ...theirs } = labels;
  return theirs;
}
