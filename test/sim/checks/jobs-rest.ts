import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Job, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { behaviourOf } from '../board/images.ts';
import type { World } from '../world/world.ts';
import { podPrefix } from './durable-history.ts';
import { endOf, hasEnded, isActive, isHeld, jobOf } from './job-tally.ts';
import { jobPrefix } from './jobs.ts';

/** G6: Jobs have come to their end, or as far as their pods let them; nothing is held for them any more. */
export function jobDifferences({ disk }: World): string[] {
  const all = [...disk.objects.values()];
  const jobs = all.filter(({ key }) => key.startsWith(jobPrefix));
  const pods = all.filter((stored) => stored.key.startsWith(podPrefix) && jobOf(stored) !== undefined);
  const uids = new Set(jobs.map(({ object }) => object.metadata.uid));
  return [
    ...jobs.flatMap(({ object }) => {
      const own = pods.filter((pod) => jobOf(pod) === object.metadata.uid);
      return oneDifferences(object as unknown as Job, own);
    }),
    ...pods.filter((pod) => !uids.has(jobOf(pod))).map(({ key }) => `${key} has outlived its job`),
    ...pods
      .filter((pod) => hasEnded(pod) && isHeld(pod))
      .map(({ key }) => `${key} has ended, and is still held`),
  ];
}

function oneDifferences(job: Job, pods: readonly StoredObject[]): string[] {
  const { metadata, spec, status } = job;
  const name = `job ${metadata?.name}`;
  if (metadata?.deletionTimestamp !== undefined) return [`${name} is still being deleted`];
  const active = pods.filter(isActive);
  if (endOf(job) !== undefined) {
    const left = active.length > 0 ? [`${name} is over, and ${active.length} pods run`] : [];
    return spec?.ttlSecondsAfterFinished === undefined ? left : [...left, `${name} is over, and still there`];
  }
  if (spec?.suspend === true)
    return active.length > 0 ? [`${name} is suspended, and ${active.length} pods run`] : [];
  if (spec?.activeDeadlineSeconds !== undefined) return [`${name} is not over, and its time is`];
  const wanted = wantedOf(job);
  return [
    ...(active.length === wanted || mayStillWait(job, active)
      ? []
      : [`${name} has ${active.length} pods, and needs ${wanted}`]),
    ...(active.length === (status?.active ?? 0) ? [] : [`${name} calls ${status?.active} pods active`]),
    ...active.filter(endsSoon).map(({ key }) => `${key} of ${name} ought to end`),
  ];
}

function wantedOf({ spec, status }: Job): number {
  const parallelism = spec?.parallelism ?? 1;
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions === undefined) return succeeded > 0 ? 0 : parallelism;
  return Math.min(parallelism, spec.completions - succeeded);
}

/** Once one pod of a work queue has succeeded no more are made; those that there are may wait for a board. */
function mayStillWait({ spec, status }: Job, active: readonly StoredObject[]): boolean {
  return (
    spec?.completions === undefined &&
    (status?.succeeded ?? 0) > 0 &&
    active.length <= (spec?.parallelism ?? 1)
  );
}

/** It has a board, and what it runs does not run on for ever, or is tried so often that its Job gives up. */
function endsSoon({ object }: StoredObject): boolean {
  const { spec } = object as unknown as Pod;
  const endless = new Set(['serves', 'stubborn', 'missing']);
  return Boolean(spec?.nodeName) && !endless.has(behaviourOf(spec?.containers[0]?.image ?? ''));
}
