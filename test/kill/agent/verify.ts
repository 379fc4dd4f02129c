import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { containersOf, networkParts, type SeenContainer, startsOf, volumeMounts } from './look.ts';
import { type Subject, statusOf } from './phases.ts';
import type { Stage } from './stage.ts';

/** What is wrong with a pod that should be well: by podman, the kernel, its own notes and the controller. */
export async function wrongWith(
  stage: Stage,
  subject: Subject,
  pod: Pod,
  lasting: readonly SeenContainer[],
): Promise<string[]> {
  const { bramble } = stage;
  const containers = await containersOf(bramble, subject.uid);
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  const inits = (pod.spec?.initContainers ?? []).map(({ name }) => name);
  const wrong = lasting
    .filter(
      ({ id, startedAt }) =>
        !containers.some((now) => now.id === id && now.startedAt === startedAt && now.running),
    )
    .map(
      ({ container, id }) =>
        `${container} ran when the agent died, and does not any more: ${id.slice(0, 12)}`,
    );
  for (const name of names) wrong.push(...(await wrongContainer(stage, subject, pod, containers, name)));
  for (const name of inits) {
    const made = containers.filter(({ container }) => container === name).length;
    const starts = await startsOf(bramble, subject.uid, name);
    if (made !== 1 || starts !== 1)
      wrong.push(`init container ${name}: made ${made}, started ${starts} times`);
  }
  return [...wrong, ...(await wrongParts(stage, pod))];
}

async function wrongContainer(
  { bramble }: Stage,
  { uid, restarts }: Subject,
  pod: Pod,
  containers: readonly SeenContainer[],
  name: string,
): Promise<string[]> {
  const wrong: string[] = [];
  const expected = name === 'one' ? restarts : 0;
  const own = containers.filter(({ container }) => container === name);
  const running = own.filter((each) => each.running);
  const ended = pod.status?.phase === 'Succeeded';
  if (running.length !== (ended ? 0 : 1)) wrong.push(`${name}: ${running.length} containers run`);
  // The one before stays, for its logs.
  if (own.length > Math.min(expected, 1) + 1) wrong.push(`${name}: ${own.length} containers are left`);
  const status = statusOf(pod, name);
  if (status?.restartCount !== expected)
    wrong.push(`${name}: ${status?.restartCount} restarts are told, and ${expected} happened`);
  const newest = ended ? own[0] : running[0];
  if (!status?.containerID?.endsWith(newest?.id ?? '?'))
    wrong.push(`${name}: ${status?.containerID} is told, and ${newest?.id} is there`);
  const starts = await startsOf(bramble, uid, name);
  if (starts !== expected + 1) wrong.push(`${name}: started ${starts} times, for ${expected} restarts`);
  return wrong;
}

/** Of each part of the network and of the volumes one, and no more. */
async function wrongParts({ bramble }: Stage, pod: Pod): Promise<string[]> {
  const { cables, namespaces } = await networkParts(bramble);
  const mounts = await volumeMounts(bramble);
  const ended = pod.status?.phase === 'Succeeded';
  const inMemory = (pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir?.medium === 'Memory').length;
  const wrong: string[] = [];
  if (!ended && (cables !== 1 || namespaces !== 1))
    wrong.push(`one pod has ${cables} cables and ${namespaces} namespaces`);
  if (!ended && mounts.length !== inMemory) wrong.push(`mounts: ${mounts.join(' ') || 'none'}`);
  return wrong;
}
