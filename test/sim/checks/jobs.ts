import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Job } from '@bramble/protocol/schema/types.generated.ts';
import { podPrefix } from './durable-history.ts';
import {
  endOf,
  hasEnded,
  indexesIn,
  indexOf,
  isActive,
  isHeld,
  type JobTally,
  jobOf,
  newTally,
  tallyPod,
} from './job-tally.ts';
import type { Verdict } from './verdict.ts';

export const jobPrefix = '/registry/jobs/';
/** What was decided before somebody changed the Job, or a pod that was told to go succeeded all the same, may reach a slow disk this much later. */
const underWayMs = 20_000;
/** No operator lets more pods of a Job run at once. */
const mostAtOnce = 4;

/** G6: each end of a Job's pod counts once, no more of them run than may, and a Job that is over stays so. */
export class JobCheck {
  readonly #tallies = new Map<string, JobTally>();
  /** By uid of the Job: how many might run at once, and since when fewer may. */
  readonly #allowed = new Map<string, { parallelism: number; untilMs: number }[]>();
  readonly #known = new Set<string>();
  readonly #verdict: Verdict;
  readonly #nowMs: () => number;

  constructor(verdict: Verdict, nowMs: () => number) {
    this.#verdict = verdict;
    this.#nowMs = nowMs;
  }

  /** Another disk counts from now on. */
  restored(objects: ReadonlyMap<string, StoredObject>): void {
    this.#tallies.clear();
    this.#known.clear();
    const all = [...objects.values()];
    for (const stored of all)
      if (stored.key.startsWith(jobPrefix))
        this.#tallies.set(stored.object.metadata.uid ?? '', newTally(stored.object as unknown as Job));
    for (const stored of all) {
      const tally = this.#tallies.get(jobOf(stored) ?? '');
      if (!stored.key.startsWith(podPrefix) || !tally) continue;
      this.#known.add(stored.object.metadata.uid ?? '');
      if (isHeld(stored)) tallyPod(tally, stored, this.#nowMs());
    }
  }

  written({ type, stored }: EngineEvent, objects: ReadonlyMap<string, StoredObject>): void {
    if (type === 'delete') return;
    if (stored.key.startsWith(jobPrefix)) this.#judge(stored);
    if (!stored.key.startsWith(podPrefix)) return;
    const tally = this.#tallies.get(jobOf(stored) ?? '');
    if (!tally) return;
    const uid = stored.object.metadata.uid ?? '';
    if (!this.#known.has(uid)) this.#judgeNew(stored, tally, objects);
    this.#known.add(uid);
    if (isHeld(stored)) tallyPod(tally, stored, this.#nowMs());
  }

  #judge({ key, object }: StoredObject): void {
    const job = object as unknown as Job;
    const uid = object.metadata.uid ?? '';
    const tally = this.#tallies.get(uid) ?? newTally(job);
    this.#tallies.set(uid, tally);
    this.#noteParallelism(uid, job, tally);
    for (const wrong of countsWrong(job, tally)) this.#verdict.broken('G6', `${key} ${wrong}`);
    const end = endOf(job);
    if (tally.finished && end !== endOf(tally.last))
      this.#verdict.broken('G6', `${key} was ${endOf(tally.last)}, and now is ${end}`);
    tally.finished = end !== undefined;
    tally.last = job;
  }

  /** What may run at once counts on for a while when it is made less. */
  #noteParallelism(uid: string, job: Job, { last }: JobTally): void {
    const before = mayRun(last);
    const now = mayRun(job);
    const allowed = (this.#allowed.get(uid) ?? []).filter(({ untilMs }) => untilMs > this.#nowMs());
    if (now < before) allowed.push({ parallelism: before, untilMs: this.#nowMs() + underWayMs });
    this.#allowed.set(uid, allowed);
  }

  /** A pod of the Job that was not there before. */
  #judgeNew(
    stored: StoredObject,
    { last, finished, indexes, replaced }: JobTally,
    objects: ReadonlyMap<string, StoredObject>,
  ): void {
    const { key } = stored;
    const name = last.metadata?.name;
    const say = (wrong: string): void => this.#verdict.broken('G6', `${key} of job ${name} ${wrong}`);
    if (finished) say('is made, and the job is over');
    const uid = jobOf(stored) ?? '';
    const others = [...objects.values()].filter((one) => one.key.startsWith(podPrefix) && jobOf(one) === uid);
    const waitsForEnds = last.spec?.podReplacementPolicy === 'Failed';
    const counted = others.filter(waitsForEnds ? (one) => !hasEnded(one) : isActive);
    const most = Math.max(
      mayRun(last),
      ...(this.#allowed.get(uid) ?? [])
        .filter(({ untilMs }) => untilMs > this.#nowMs())
        .map(({ parallelism }) => parallelism),
    );
    if (counted.length > most) say(`is one of ${counted.length} at once, and ${most} may run`);
    const index = indexOf(stored);
    if (index === undefined) return;
    const decidedMs = this.#nowMs() - underWayMs;
    if (indexes.has(index) && (replaced.get(index) ?? Number.NEGATIVE_INFINITY) < decidedMs)
      say(`is made for index ${index}, which is done`);
    const same = others.filter((one) => isActive(one) && indexOf(one) === index);
    if (same.length > 1) say(`is one of ${same.length} for index ${index}`);
  }
}

function mayRun({ spec }: Job): number {
  return spec?.suspend === true ? 0 : (spec?.parallelism ?? 1);
}

/** What the status says, held against the pods that ended. */
function countsWrong(job: Job, tally: JobTally): string[] {
  const { succeeded = 0, failed = 0, completedIndexes } = job.status ?? {};
  const { completions, completionMode, backoffLimit = 6 } = job.spec ?? {};
  const isIndexed = completionMode === 'Indexed';
  const succeededPods = tally.succeededBefore + tally.succeeded.size;
  const failedPods = tally.failedBefore + tally.failed.size;
  const wrong: string[] = [];
  const before = tally.last.status ?? {};
  if (succeeded < (before.succeeded ?? 0) || failed < (before.failed ?? 0))
    wrong.push(`had ${before.succeeded} and ${before.failed}, and now ${succeeded} and ${failed}`);
  if (isIndexed && indexesIn(completedIndexes).some((index) => !tally.indexes.has(index)))
    wrong.push(`calls ${completedIndexes} done, and ${[...tally.indexes]} are`);
  if (isIndexed && succeeded !== indexesIn(completedIndexes).length)
    wrong.push(`counts ${succeeded}, and names ${completedIndexes}`);
  if (!isIndexed && succeeded > succeededPods)
    wrong.push(`counts ${succeeded}, and ${succeededPods} pods succeeded`);
  if (failed > failedPods) wrong.push(`counts ${failed} failures, and ${failedPods} pods failed`);
  if (completions !== undefined && succeeded > completions)
    wrong.push(`counts ${succeeded} of ${completions}`);
  if (endOf(job) === undefined) return wrong;
  const all = new Set([...tally.succeeded, ...tally.failed]).size;
  const ended = tally.succeededBefore + tally.failedBefore + all;
  if (!isIndexed && succeeded + failed !== ended)
    wrong.push(`is over with ${succeeded} and ${failed}, and ${ended} pods ended`);
  if (endOf(job) === 'Complete' && succeeded < (completions ?? 1))
    wrong.push(`is complete with ${succeeded} of ${completions}`);
  // Those that ran when one too many had failed are ended, and have failed as well; so have those made in their place.
  if (failed > backoffLimit + 2 * mostAtOnce)
    wrong.push(`has ${failed} failures, and may have ${backoffLimit}`);
  return wrong;
}
