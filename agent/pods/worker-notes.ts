import type { PodNote } from '@bramble/protocol/messages/orders.ts';
import type { ContainerView } from '../runtime/port.ts';
import { fieldPathOf } from './field-path.ts';
import { identityOf } from './labels.ts';
import type { Waiting } from './observed.ts';
import type { Outcome } from './perform.ts';
import type { WorkerPorts, WorkerState } from './worker-state.ts';

/** What happened to the pod, or to one container of it. */
export type Happening = Pick<PodNote, 'type' | 'reason' | 'message'> & { readonly container?: string };

const longestMessage = 1_024;

/** Tells what a person should hear of, in the kubelet's words. */
export function tell(
  state: WorkerState,
  ports: WorkerPorts,
  { container, ...happening }: Happening,
  atMs: number,
): void {
  const fieldPath = container === undefined ? undefined : fieldPathOf(container, state.desired?.pod);
  const message = happening.message.slice(0, longestMessage);
  const note = { ...happening, message, atMs, ...(fieldPath ? { fieldPath } : {}) };
  ports.manager.send({ type: 'note', uid: ports.uid, note });
}

/** What an outcome means to a person. */
export function happeningsOf(outcome: Outcome, tookMs: number): Happening[] {
  switch (outcome.type) {
    case 'pulled': {
      const { container, image, present } = outcome;
      const took = `${(tookMs / 1_000).toFixed(3).replace(/\.?0+$/, '')}s`;
      const message = present
        ? `Container image "${image}" already present on machine`
        : `Successfully pulled image "${image}" in ${took} (${took} including waiting)`;
      return [{ type: 'Normal', reason: 'Pulled', message, container }];
    }
    case 'created': {
      const { container } = outcome;
      return [{ type: 'Normal', reason: 'Created', message: `Created container: ${container}`, container }];
    }
    case 'started': {
      const { container } = outcome;
      return [{ type: 'Normal', reason: 'Started', message: `Started container ${container}`, container }];
    }
    case 'refused':
      return refusals(outcome);
    case 'not-started':
      return [failed(outcome.container, `Error: ${outcome.message}`)];
    case 'hooked': {
      const { hook, error, container } = outcome;
      if (error === undefined) return [];
      const reason = `Failed${hook}Hook`;
      return [{ type: 'Warning', reason, message: `${hook}Hook failed`, container }];
    }
    default:
      return [];
  }
}

function refusals({ container, image, reason, message }: Extract<Outcome, { type: 'refused' }>): Happening[] {
  if (reason === 'ErrImagePull')
    return [
      failed(container, `Failed to pull image "${image}": ${message}`),
      failed(container, `Error: ${reason}`),
    ];
  if (reason === 'ErrImageNeverPull')
    return [{ type: 'Warning', reason, message, container }, failed(container, `Error: ${reason}`)];
  // The status that waits for it tells it.
  return reason === 'CreateContainerConfigError' ? [] : [failed(container, `Error: ${message}`)];
}

function failed(container: string, message: string): Happening {
  return { type: 'Warning', reason: 'Failed', message, container };
}

/** Containers that ran when they were looked at before, and were killed for want of memory since. */
export function memoryHappenings(
  before: readonly ContainerView[],
  now: readonly ContainerView[],
): Happening[] {
  const ran = new Set(before.filter(({ state }) => state === 'running').map(({ id }) => id));
  return now
    .filter(({ id, outOfMemory }) => outOfMemory && ran.has(id))
    .map(({ labels }) => {
      const container = identityOf(labels)?.container ?? '';
      const message = `Container ${container} used more memory than its limit`;
      return { type: 'Warning', reason: 'OOMKilling', message, container };
    });
}

type Waitings = ReadonlyMap<string, Waiting>;

/** What containers began to wait for. */
export function waitingHappenings(before: Waitings, now: Waitings, { desired }: WorkerState): Happening[] {
  const happenings: Happening[] = [];
  const mounts = new Set<string>();
  for (const [container, { reason, message = '' }] of now) {
    const old = before.get(container);
    if (old?.reason === reason && (old.message ?? '') === message) continue;
    const backOff = `Back-off restarting failed container ${container} in pod ${desired?.name}_${desired?.namespace}(${desired?.uid})`;
    if (reason === 'CrashLoopBackOff' && old?.reason !== reason)
      happenings.push({ type: 'Warning', reason: 'BackOff', message: backOff, container });
    else if (reason === 'ImagePullBackOff' && old?.reason !== reason)
      happenings.push(
        { type: 'Normal', reason: 'BackOff', message: message.replace(/: ErrImagePull.*$/s, ''), container },
        failed(container, `Error: ${reason}`),
      );
    else if (reason === 'CreateContainerConfigError') happenings.push(failed(container, `Error: ${message}`));
    else if (message.startsWith('MountVolume.')) mounts.add(message);
    else if (message.startsWith('this board has no free pod address')) mounts.add(message);
  }
  for (const message of mounts)
    happenings.push({
      type: 'Warning',
      reason: message.startsWith('MountVolume.') ? 'FailedMount' : 'FailedCreatePodSandBox',
      message,
    });
  return happenings;
}
