import { seededRandom } from '@bramble/actors/testing/random.ts';
import type { Moment } from './effects.ts';
import { live, momentText, type PhaseResult } from './life.ts';
import { momentsOf, shuffled } from './moments.ts';
import { lives, type Phase } from './phases.ts';
import type { Stage } from './stage.ts';

export interface KillsOptions {
  readonly seed: number;
  /** Of each kind of life, at most so many; each dies once in every phase. All moments need as many as there are of the busiest phase. */
  readonly livesOfAKind: number;
  readonly onLife?: (line: string) => void;
}

export interface KillsReport {
  /** Moments that one undisturbed life of each kind has. */
  readonly known: number;
  readonly killed: readonly string[];
  /** The agent did something else this time, in another order or number. */
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
}

/** Lives each kind of life once, counting; then again and again, with the agent dying at one moment after the other. */
export async function killAgentAtMoments(stage: Stage, options: KillsOptions): Promise<KillsReport> {
  const tried = new Set<string>();
  const report = { known: 0, killed: [] as string[], missed: [] as string[], wrong: [] as string[] };
  for (const [kind, phases] of Object.entries(lives)) {
    const plan = await planOf(stage, kind, phases, options.seed);
    // A phase that an earlier kind has as well dies there.
    for (const name of tried) plan.delete(name);
    for (const name of plan.keys()) tried.add(name);
    for (const moments of plan.values()) report.known += moments.length;
    const most = Math.max(...[...plan.values()].map((moments) => moments.length));
    for (let life = 0; life < Math.min(most, options.livesOfAKind); life += 1) {
      const chosen = new Map(
        [...plan].flatMap(([phase, moments]): [string, Moment][] => {
          const moment = moments[life];
          return moment ? [[phase, moment]] : [];
        }),
      );
      // Where a phase has no moment left, its life goes without; a pod that only starts and ends to no purpose is spared.
      const results = await live(stage, `${kind}-${life}`, worthLiving(phases, chosen), chosen);
      note(report, results);
      const kills = results.filter(({ died }) => died).length;
      options.onLife?.(
        `${kind} ${life + 1} of ${most}: ${kills} kills; ${report.wrong.length} things wrong so far`,
      );
    }
  }
  return report;
}

/** The first and the last phase make and remove the pod. */
function worthLiving(phases: readonly Phase[], chosen: ReadonlyMap<string, Moment>): Phase[] {
  return phases.filter(({ name }, index) => index === 0 || index === phases.length - 1 || chosen.has(name));
}

async function planOf(
  stage: Stage,
  kind: string,
  phases: readonly Phase[],
  seed: number,
): Promise<Map<string, Moment[]>> {
  const random = seededRandom(seed);
  const results = await live(stage, `${kind}-clean`, phases, new Map());
  const wrong = results.flatMap(({ phase, wrong }) => wrong.map((line) => `${phase}: ${line}`));
  if (wrong.length > 0) throw new Error(`without any kill:\n${wrong.join('\n')}`);
  return new Map(
    results.map(({ phase, effects }) => [phase, shuffled(momentsOf(effects, random), seed)] as const),
  );
}

function note(
  report: { killed: string[]; missed: string[]; wrong: string[] },
  results: readonly PhaseResult[],
): void {
  for (const { phase, moment, died, wrong } of results) {
    const when = moment ? `${phase}: ${momentText(moment)}` : `${phase}, with no kill`;
    if (moment) (died ? report.killed : report.missed).push(when);
    report.wrong.push(...wrong.map((line) => `${when}: ${line}`));
  }
}
