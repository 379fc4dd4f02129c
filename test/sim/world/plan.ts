import type { MachineFaults } from '../board/machine.ts';
import type { NetworkFaults } from '../broker/network-faults.ts';
import type { Dice } from '../dice.ts';
import { type FaultKind, faultKinds } from '../faults/kinds.ts';
import { type WorkKind, workKinds } from '../operators/kinds.ts';

/** Which story a seed tells. */
export interface Plan {
  readonly boards: number;
  readonly events: number;
  readonly gapMs: number;
  /** At the end, in which nothing is to be written. */
  readonly quietMs: number;
  readonly faults: readonly FaultKind[];
  /** Of all events, those that are faults. */
  readonly faultShare: number;
  /** What operators do; those that are named more often they do more often. */
  readonly work: readonly WorkKind[];
  readonly network: NetworkFaults;
  readonly machine: MachineFaults;
  /** Of the controller's disk. */
  readonly slowestSyncMs: number;
  /** Of the boards' connections. */
  readonly keepaliveSeconds: number;
}

interface Events {
  readonly leastEvents: number;
  readonly moreEvents: number;
}

/** Most seeds tell of a few boards and are done soon: what goes wrong seldom needs more than three of them. */
const sizes: readonly (readonly [Pick<Plan, 'boards' | 'quietMs'> & Events, number])[] = [
  [{ boards: 3, leastEvents: 8, moreEvents: 25, quietMs: 60_000 }, 16],
  [{ boards: 5, leastEvents: 15, moreEvents: 35, quietMs: 60_000 }, 3],
  [{ boards: 10, leastEvents: 20, moreEvents: 60, quietMs: 120_000 }, 1],
];

export function planOf(dice: Dice): Plan {
  const { boards, leastEvents, moreEvents, quietMs } = dice.weighted(sizes);
  const shareOn = dice.pick([0.15, 0.35, 0.6]);
  const work = workKinds.filter(() => dice.chance(0.6));
  return {
    boards,
    events: leastEvents + dice.below(moreEvents),
    quietMs,
    gapMs: 200 + dice.share() * 4_000,
    faults: faultKinds.filter(() => dice.chance(shareOn)),
    faultShare: dice.pick([0.1, 0.3, 0.5]),
    // Without pods there is nothing to guarantee.
    work: ['create-pod', ...work],
    network: {
      lossShare: dice.pick([0, 0.1, 0.5]),
      duplicateShare: dice.pick([0, 0.1, 0.3]),
      delayMs: dice.pick([
        { least: 1, most: 1 },
        { least: 1, most: 50 },
        { least: 5, most: 800 },
      ]),
      reorders: dice.chance(0.3),
      lateWillShare: dice.pick([0, 0.5]),
      lateWillMs: 20_000,
    },
    machine: dice.pick([
      { failureShare: 0, slowestMs: 30 },
      { failureShare: 0.05, slowestMs: 300 },
      { failureShare: 0.2, slowestMs: 1_500 },
    ]),
    slowestSyncMs: dice.pick([2, 10, 300]),
    keepaliveSeconds: dice.pick([30, 30, 30, 15, 120]),
  };
}

export function planText(plan: Plan): string {
  const { boards, faults, work, network, machine, events, gapMs, slowestSyncMs, keepaliveSeconds } = plan;
  const { lossShare, duplicateShare, delayMs, reorders, lateWillShare } = network;
  return [
    `${boards} boards, ${events} events, ${Math.round(gapMs)} ms apart`,
    `faults: ${faults.join(' ') || 'none'}`,
    `work: ${work.join(' ')}`,
    `loss ${lossShare}, duplicates ${duplicateShare}, delay to ${delayMs.most} ms${reorders ? ', topics overtake one another' : ''}, late wills ${lateWillShare}`,
    `machine failures ${machine.failureShare}, syncs to ${slowestSyncMs} ms, keepalive ${keepaliveSeconds} s`,
  ].join('; ');
}
