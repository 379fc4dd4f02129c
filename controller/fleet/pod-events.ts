import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ContainerStatus, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { EventNote } from '../events/recorder.ts';

type Note = Pick<EventNote, 'type' | 'reason' | 'message'> & { readonly container: string | undefined };

/** Reasons for waiting that a person should hear of. */
const troubles = new Map([
  ['CrashLoopBackOff', 'BackOff'],
  ['ImagePullBackOff', 'BackOff'],
  ['ErrImagePull', 'Failed'],
  ['ErrImageNeverPull', 'ErrImageNeverPull'],
  ['InvalidImageName', 'InspectFailed'],
  ['CreateContainerConfigError', 'Failed'],
  ['CreateContainerError', 'Failed'],
  ['RunContainerError', 'Failed'],
]);

/** What happened between two states of a pod, in the kubelet's words. */
export function podNotes(before: KubeObject, after: KubeObject, node: string): EventNote[] {
  const old = statuses(before);
  const notes: Note[] = [];
  for (const status of statuses(after).values()) notes.push(...containerNotes(old.get(status.name), status));
  if (phaseReason(after) && phaseReason(after) !== phaseReason(before)) notes.push(podNote(after));
  return notes.map(({ container, ...note }) => ({
    ...note,
    source: 'bramble-agent',
    node,
    about: after,
    ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
  }));
}

function containerNotes(old: ContainerStatus | undefined, now: ContainerStatus): Note[] {
  const container = now.name;
  const notes: Note[] = [];
  const isNew =
    now.containerID !== undefined && now.containerID !== '' && now.containerID !== old?.containerID;
  if (isNew)
    notes.push({ type: 'Normal', reason: 'Created', message: `Created container: ${container}`, container });
  if (hasRun(now) && (isNew || !hasRun(old)))
    notes.push({ type: 'Normal', reason: 'Started', message: `Started container ${container}`, container });
  const waiting = now.state?.waiting;
  const reason =
    waiting?.reason && waiting.reason !== old?.state?.waiting?.reason && troubles.get(waiting.reason);
  if (reason && waiting)
    notes.push({
      type: 'Warning',
      reason,
      message: troubleText(waiting, now),
      container,
    });
  const ended = now.state?.terminated;
  if (ended?.reason === 'OOMKilled' && !old?.state?.terminated)
    notes.push({
      type: 'Warning',
      reason: 'OOMKilling',
      message: `Container ${container} used more memory than its limit`,
      container,
    });
  return notes;
}

/** Whether the container that the status names was started: a created one is reported before it runs. */
function hasRun(status: ContainerStatus | undefined): boolean {
  const { state, lastState, containerID } = status ?? {};
  if (state?.running ?? state?.terminated) return true;
  return lastState?.terminated !== undefined && lastState.terminated.containerID === containerID;
}

function podNote(pod: KubeObject): Note {
  const { reason = '', message = '' } = pod['status'] as PodStatus;
  return { type: 'Warning', reason, message: message || reason, container: undefined };
}

function phaseReason(pod: KubeObject): string | undefined {
  return (pod['status'] as PodStatus | undefined)?.reason;
}

function statuses(pod: KubeObject): Map<string, ContainerStatus> {
  const status = pod['status'] as PodStatus | undefined;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return new Map(all.map((one) => [one.name, one]));
}

/** The kubelet's words. */
function troubleText(
  { reason, message }: { readonly reason?: string | undefined; readonly message?: string | undefined },
  { name, image }: ContainerStatus,
): string {
  if (reason === 'ErrImagePull') return `Failed to pull image "${image}": ${message ?? ''}`;
  return message || `${reason}: ${name}`;
}
