import type { MachineFaults } from '../board/machine.ts';
import type { Dice } from '../dice.ts';
import type { NetworkFaults } from '../faults.ts';

/** What may happen beside the operators' work. */
export const faultKinds = [
  'broker-restart',
  'link-cut',
  'controller-link-cut',
  'agent-kill',
  'board-reboot',
  'cut-off-reboot',
  'controller-kill',
  'clock-jump',
  'foreign-store',
  'agent-kill-at-step',
  'board-disk-full',
  'store-disk-full',
  'journal-damage',
  'old-copy',
  'rogue-board',
  'forging-broker',
  'cloned-board',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Which story a seed tells. */
export interface Plan {
  readonly events: number;
  readonly gapMs: number;
  readonly faults: readonly FaultKind[];
  /** Of all events, those that are faults. */
  readonly faultShare: number;
  readonly network: NetworkFaults;
  readonly machine: MachineFaults;
  /** Of the controller's disk. */
  readonly slowestSyncMs: number;
}

export function planOf(dice: Dice): Plan {
  return {
    events: 20 + dice.below(60),
    gapMs: 200 + dice.share() * 4_000,
    faults: faultKinds.filter(() => dice.chance(0.5)),
    faultShare: dice.pick([0.1, 0.3, 0.5]),
    network: {
      lossShare: dice.pick([0, 0.1, 0.5]),
      duplicateShare: dice.pick([0, 0.1, 0.3]),
      delayMs: dice.pick([
        { least: 1, most: 1 },
        { least: 1, most: 50 },
        { least: 5, most: 800 },
      ]),
      lateWillShare: dice.pick([0, 0.5]),
      lateWillMs: 20_000,
    },
    machine: dice.pick([
      { failureShare: 0, slowestMs: 30 },
      { failureShare: 0.05, slowestMs: 300 },
      { failureShare: 0.2, slowestMs: 1_500 },
    ]),
    slowestSyncMs: dice.pick([2, 10, 300]),
  };
}

export function planText({ faults, network, machine, events, gapMs, slowestSyncMs }: Plan): string {
  const { lossShare, duplicateShare, delayMs, lateWillShare } = network;
  return [
    `${events} events, ${Math.round(gapMs)} ms apart`,
    `faults: ${faults.join(' ') || 'none'}`,
    `loss ${lossShare}, duplicates ${duplicateShare}, delay to ${delayMs.most} ms, late wills ${lateWillShare}`,
    `machine failures ${machine.failureShare}, syncs to ${slowestSyncMs} ms`,
  ].join('; ');
}
