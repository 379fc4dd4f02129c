import { parentPort, workerData } from 'node:worker_threads';
import { applyPatches } from './apply-patches.ts';
import { patchMutations } from './patches.ts';

// Plays seeds with one mutation until the check that is meant for it notices; answers how many it took, or what else was seen.

export interface Task {
  readonly name: string;
  readonly mostSeeds: number;
}

export interface Outcome {
  /** The first seed in which it was noticed. */
  readonly seed: number | undefined;
  readonly others: readonly string[];
}

const { name, mostSeeds } = workerData as Task;
const patch = patchMutations.find((each) => each.name === name);
if (patch) applyPatches(patch.patches);
// Loaded only now, with the patches in it.
const { runSeed } = await import('../run.ts');
const { seamMutations } = await import('./seams/index.ts');
const mutation = patch ?? seamMutations.find((each) => each.name === name);
if (!mutation) throw new Error(`no mutation is called ${name}`);

const others: string[] = [];
const outcome = (seed: number | undefined): Outcome => ({ seed, others: others.slice(0, 20) });

async function play(): Promise<Outcome> {
  const { faults, work, breaks } = mutation as NonNullable<typeof mutation>;
  const change = 'change' in (mutation as object) ? (mutation as { change: object }).change : {};
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { violations } = await runSeed({
      ...change,
      ...(faults && { faults }),
      ...(work && { work }),
      seed,
    });
    if (violations.some(({ guarantee }) => guarantee === breaks)) return outcome(seed);
    for (const { guarantee, message } of violations) others.push(`seed ${seed}: ${guarantee} ${message}`);
  }
  return outcome(undefined);
}

parentPort?.postMessage(await play());
