import { instead, type PatchMutation } from './mutation.ts';

const compute = 'controller/reconcilers/job/compute.ts';
const count = 'controller/reconcilers/job/count.ts';
const writes = 'controller/reconcilers/job/writes.ts';
const reconciler = 'controller/reconcilers/job/reconciler.ts';

/** Faults of Jobs: a line of the product is another one. */
export const jobMutations: readonly PatchMutation[] = [
  {
    name: 'a pod of a Job is counted again each time that the Job is looked at',
    breaks: 'G6',
    work: ['create-job'],
    patches: [instead(count, 'pods.filter((pod) => isTracked(pod) && (', 'pods.filter((pod) => (')],
  },
  {
    name: 'a Job does not hold its pods until they are counted',
    breaks: 'G6',
    work: ['create-job'],
    patches: [
      instead(
        writes,
        'tracked(index === undefined ? pod : withIndex(pod, job, index))',
        'index === undefined ? pod : withIndex(pod, job, index)',
      ),
    ],
  },
  {
    name: 'a Job counts the pods that are there, and not those that were',
    breaks: 'G6',
    work: ['create-job', 'delete-pod'],
    patches: [
      instead(
        count,
        'let succeeded = status?.succeeded ?? 0;',
        'let succeeded = pods.filter((pod) => hasSucceeded(pod) && !isTracked(pod)).length;',
      ),
    ],
  },
  {
    name: 'a pod is let go by its Job without being counted',
    breaks: 'G6',
    work: ['create-job', 'delete-pod'],
    patches: [
      instead(
        reconciler,
        'const decision = computeJob(job, own, clock);',
        'const loose = own.find((pod) => isTracked(pod) && pod.metadata.deletionTimestamp !== undefined);\n' +
          '  if (loose) return { writes: [freed(loose)] };\n  const decision = computeJob(job, own, clock);',
      ),
    ],
  },
  {
    name: 'a Job runs as many pods as it has completions left',
    breaks: 'G6',
    work: ['create-job'],
    patches: [
      instead(
        compute,
        'return Math.min(Math.max(0, spec.completions - succeeded), parallelism);',
        'return Math.max(0, spec.completions - succeeded);',
      ),
    ],
  },
  {
    name: 'a Job that is over is looked at as if it were not',
    breaks: 'G6',
    work: ['create-job', 'change-job'],
    patches: [instead(reconciler, 'if (finishedCondition(job)) return afterwards(job, own, clock);', '')],
  },
  {
    name: 'a Job bears any number of failures',
    breaks: 'G6',
    work: ['create-job'],
    patches: [instead('controller/reconcilers/job/ending.ts', 'count.failed > backoffLimit ||', '')],
  },
  {
    name: 'the pods of a Job that is gone are held for ever',
    breaks: 'G6',
    work: ['create-job', 'delete-job'],
    patches: [
      instead(
        reconciler,
        'if (!isTracked(object)) return false;\n  const owner',
        'return false;\n  const owner',
      ),
      instead(
        reconciler,
        'if (job.metadata.deletionTimestamp !== undefined) return { writes: own.filter(isTracked).map(freed) };',
        'if (job.metadata.deletionTimestamp !== undefined) return nothingToDo;',
      ),
    ],
  },
];
