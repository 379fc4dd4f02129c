import { noMachineFaults } from './board/machine.ts';
import { noFaults } from './broker/network-faults.ts';
import { differences } from './checks/converged.ts';
import { checkInboxes, checkQuiet, countsOf } from './checks/quiet.ts';
import type { Violation } from './checks/verdict.ts';
import { endFaults } from './faults/end.ts';
import { strike } from './faults/strike.ts';
import { planText } from './world/plan.ts';
import { World, type WorldOptions } from './world/world.ts';

/** Virtual time that the fleet has to come to rest in once nothing goes wrong any more. */
const convergenceMs = 5 * 60_000;
const lookEveryMs = 5_000;
const looksAtRest = 5;
const aftermathMs = 20_000;
/** For one actor of so small a fleet, even while things go wrong. */
const mostWaiting = 500;

export interface RunResult {
  readonly seed: number;
  readonly plan: string;
  readonly violations: readonly Violation[];
  /** Of everything that happened; the same for the same seed. */
  readonly digest: string;
  readonly lines: number;
  readonly virtualMs: number;
  readonly convergedMs: number | undefined;
  readonly answered: number;
  /** Actor turns, and events of the clock. */
  readonly steps: number;
}

/** Plays one seed to its end, or to its first violation. */
export async function runSeed(options: WorldOptions): Promise<RunResult> {
  const world = new World(options);
  try {
    return await play(world, options.seed);
  } catch (error) {
    // Such as a run that does not come to rest.
    return failedRun(options.seed, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** Of a seed that did not come to its end. */
export function failedRun(seed: number, why: string): RunResult {
  const counts = { lines: 0, virtualMs: 0, answered: 0, steps: 0, convergedMs: undefined };
  const violations: readonly Violation[] = [{ guarantee: 'G8', message: why, atMs: 0 }];
  return { seed, plan: 'the seed did not come to its end', violations, digest: '', ...counts };
}

async function play(world: World, seed: number): Promise<RunResult> {
  let convergedMs: number | undefined;
  await world.begin();
  await trouble(world);
  // What follows from a fault belongs to its story: each board gives a sign of life meanwhile.
  if (world.verdict.failed) await world.host.elapse(aftermathMs);
  else convergedMs = await converge(world);
  if (!world.verdict.failed) await rest(world);
  const { verdict, trace, host, plan, office } = world;
  return {
    seed,
    plan: planText(plan),
    violations: verdict.violations,
    digest: trace.digest(),
    lines: trace.lines,
    virtualMs: host.monotonic(),
    convergedMs,
    answered: office.answered,
    steps: world.steps,
  };
}

async function trouble(world: World): Promise<void> {
  const { host, plan, dice, verdict, broker, boards, operators } = world;
  await host.elapse(3_000);
  // Otherwise most pods wait for what they name until somebody thinks of it.
  if (dice.chance(0.7)) operators.completeConfiguration();
  broker.faults = plan.network;
  for (const board of boards) board.machine.faults = plan.machine;
  for (let event = 0; event < plan.events && !verdict.failed; event += 1) {
    await host.elapse(dice.share() * 2 * plan.gapMs);
    checkInboxes(world, mostWaiting);
    if (plan.faults.length > 0 && dice.chance(plan.faultShare)) strike(dice.pick(plan.faults), world);
    else work(world);
  }
  if (!verdict.failed) operators.completeConfiguration();
}

/** A few things at once now and then, as when somebody applies a folder of files. */
function work(world: World): void {
  const count = world.dice.pick([1, 1, 1, 3, 6]);
  for (let done = 0; done < count; done += 1) workOnce(world);
}

/** Pods above all: what else is done is done to them. */
function workOnce({ operators, dice, plan }: World): void {
  operators.do(dice.chance(0.4) ? 'create-pod' : dice.pick(plan.work));
}

/** Nothing goes wrong any more: answers in how much virtual time all is as it should be. */
async function converge(world: World): Promise<number | undefined> {
  const { host, verdict, broker, boards, operators, trace } = world;
  await endFaults(world);
  broker.faults = noFaults;
  for (const board of boards) board.machine.faults = noMachineFaults;
  await host.elapse(lookEveryMs);
  operators.completeConfiguration();
  trace.note('the faults have ended');
  const sinceMs = host.monotonic();
  let open: string[] = [];
  while (host.monotonic() - sinceMs < convergenceMs && !verdict.failed) {
    await host.elapse(lookEveryMs);
    checkInboxes(world, mostWaiting);
    open = differences(world);
    if (open.length === 0) return host.monotonic() - sinceMs;
  }
  for (const difference of open.slice(0, 8)) verdict.broken('G6', difference);
  return undefined;
}

async function rest(world: World): Promise<void> {
  const { host, checks, verdict, plan } = world;
  // What was still to be written about the convergence itself.
  await host.elapse(30_000);
  const before = countsOf(world);
  await host.elapse(plan.quietMs);
  checkQuiet(before, world);
  checks.watcher.check();
  const open = await unsettled(world);
  for (const difference of open.slice(0, 8)) verdict.broken('G6', `later: ${difference}`);
}

/** A container may end, or fail its probe, at the very moment of a look: what follows from it has come a little later. */
async function unsettled(world: World): Promise<string[]> {
  for (let looks = 0; looks < looksAtRest; looks += 1) {
    if (differences(world).length === 0) return [];
    await world.host.elapse(lookEveryMs);
  }
  return differences(world);
}
