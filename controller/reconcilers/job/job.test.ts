import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { type PodIs, podThat } from '../../workloads/testing/pods.ts';
import { retryInMs } from './backoff.ts';
import { computeJob } from './compute.ts';
import { freeIndexes, indexesText, parseIndexes } from './indexes.ts';
import { indexAnnotation, trackingFinalizer, untracked } from './pods.ts';

const now = '2026-01-01T01:00:00Z';
const ageOf = (_: string, atMs: number): number => Date.parse(now) - atMs;
const clock = { now, ageOf };

function job(spec: object = {}, status: object = {}): JobObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default', uid: 'uid-work' },
    spec: {
      completions: 3,
      parallelism: 2,
      backoffLimit: 2,
      template: { spec: { containers: [], restartPolicy: 'Never' } },
      ...spec,
    },
    status: { startTime: '2026-01-01T00:00:00Z', ...status },
  };
}

function jobPod(name: string, phase: string, is: PodIs = {}, index?: number): PodObject {
  const annotations = index === undefined ? {} : { [indexAnnotation]: String(index) };
  return podThat(name, { phase, ...is, metadata: { finalizers: [trackingFinalizer], annotations } });
}

test('indexes are written as Kubernetes writes them, and read again', () => {
  assert.equal(indexesText([7, 1, 4, 3, 5]), '1,3-5,7');
  assert.deepEqual([...parseIndexes('1,3-5,7,x,9-', 6)], [1, 3, 4, 5]);
  assert.deepEqual(freeIndexes(5, new Set([0, 2]), 2), [1, 3]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (given) => {
      const sorted = [...given].sort((one, other) => one - other);
      assert.deepEqual([...parseIndexes(indexesText(given), 61)], sorted);
    }),
  );
});

test('as many pods run as may and are needed', () => {
  assert.equal(computeJob(job(), [], clock).create.length, 2);
  assert.equal(computeJob(job({}, { succeeded: 2 }), [], clock).create.length, 1);
  const running = [1, 2, 3].map((at) => jobPod(`p${at}`, 'Running', { node: 'a' }));
  const { create, remove, counts } = computeJob(job(), running, clock);
  assert.deepEqual([create.length, remove.length, counts], [0, 1, false]);
});

test('what ended counts once, and the job is over when enough succeeded and nothing is left', () => {
  const pods = [jobPod('a', 'Succeeded'), jobPod('b', 'Succeeded'), jobPod('c', 'Running')];
  const first = computeJob(job({}, { succeeded: 1 }), pods, clock);
  assert.deepEqual([first.count.succeeded, first.count.newly.length, first.ended], [3, 2, undefined]);
  assert.deepEqual(
    [first.remove.map(({ metadata }) => metadata.name), first.counts, first.status.completionTime],
    [['c'], true, undefined],
  );
  const counted = job({}, first.status);
  const last = computeJob(counted, pods.slice(0, 2).map(untracked), clock);
  assert.equal(last.count.newly.length, 0);
  assert.equal(last.ended?.type, 'Complete');
  assert.deepEqual(
    last.status.conditions?.map(({ type, status }) => [type, status]),
    [
      ['SuccessCriteriaMet', 'True'],
      ['Complete', 'True'],
    ],
  );
  assert.equal(last.status.completionTime, now);
});

test('a pod that is deleted before it succeeded has failed; too many failures end the job', () => {
  const pods = [jobPod('a', 'Running', { deleting: true }), jobPod('b', 'Failed'), jobPod('c', 'Running')];
  const under = computeJob(job(), pods, clock);
  assert.deepEqual([under.count.failed, under.ended, under.remove.length], [2, undefined, 0]);
  const over = computeJob(job({ backoffLimit: 1 }), pods, clock);
  assert.deepEqual([over.remove.length, over.counts, over.ended], [1, true, undefined]);
  const failing = job({ backoffLimit: 1 }, over.status);
  assert.equal(computeJob(failing, [untracked(pods[1] as PodObject)], clock).ended?.type, 'Failed');
});

test('a deadline ends the job, and is looked at when it comes', () => {
  const late = job({ activeDeadlineSeconds: 3_600 });
  assert.equal(computeJob(late, [], clock).ended?.reason, 'DeadlineExceeded');
  assert.equal(computeJob(job({ activeDeadlineSeconds: 3_700 }), [], clock).lookAgainMs, 100_000);
});

test('containers that are started again in their pod count, too', () => {
  const spec = { template: { spec: { containers: [], restartPolicy: 'OnFailure' } } };
  const pods = [jobPod('a', 'Running', { restarts: 2 })];
  assert.equal(computeJob(job(spec), pods, clock).counts, true);
  assert.equal(computeJob(job({ ...spec, backoffLimit: 3 }), pods, clock).counts, false);
});

test('a suspended job stops its pods, holds it against nobody, and begins anew later', () => {
  const { remove, counts, status } = computeJob(job({ suspend: true }), [jobPod('a', 'Running')], clock);
  assert.deepEqual([remove.length, counts, status.startTime], [1, false, undefined]);
  assert.equal(status.conditions?.[0]?.reason, 'JobSuspended');
  const resumed = computeJob({ ...job(), status }, [], clock);
  assert.deepEqual([resumed.create.length, resumed.status.startTime], [2, now]);
  assert.equal(resumed.status.conditions?.[0]?.reason, 'JobResumed');
});

test('each index of an indexed job has one pod, and counts when that succeeded', () => {
  const indexed = job({ completionMode: 'Indexed', completions: 4 }, { completedIndexes: '0' });
  const pods = [
    jobPod('one', 'Running', { node: 'a' }, 1),
    jobPod('double', 'Running', { node: 'a' }, 1),
    jobPod('done', 'Succeeded', {}, 3),
  ];
  const { create, remove, status } = computeJob(indexed, pods, clock);
  assert.deepEqual(create, [2]);
  assert.deepEqual(
    remove.map(({ metadata }) => metadata.name),
    ['double'],
  );
  assert.deepEqual([status.completedIndexes, status.succeeded], ['0,3', 2]);
});

test('after failures the next pod waits, twice as long each time, and a success makes up for them', () => {
  const ended = (name: string, phase: string, created: string) => jobPod(name, phase, { created });
  const failed = ended('a', 'Failed', '2026-01-01T00:59:58Z');
  assert.equal(retryInMs([failed], ageOf), 8_000);
  const again = ended('b', 'Failed', '2026-01-01T00:59:59Z');
  assert.equal(retryInMs([failed, again], ageOf), 19_000);
  assert.equal(retryInMs([failed, again, ended('c', 'Succeeded', now)], ageOf), 0);
  assert.deepEqual(
    [computeJob(job(), [failed], clock).create, computeJob(job(), [failed], clock).lookAgainMs],
    [[], 8_000],
  );
});
