import type { WorldOptions } from './world/world.ts';

interface Found {
  readonly seed: number;
  readonly about: string;
  /** Where the seed's own plan was narrowed. */
  readonly plan?: Pick<WorldOptions, 'faults' | 'work'>;
}

const damagedCards: Found['plan'] = { faults: ['journal-damage'], work: ['create-pod', 'replace-pod'] };

/**
 * Seeds that found a fault of ours, and what holds since then. A seed tells its story only as long as the product draws
 * the same numbers in the same order, and the fault model is the same: what stays is the unit test that was written for
 * it, and, where the fault can be put back in one line, a mutation (`mutations/patches-found.ts`).
 */
export const found: readonly Found[] = [
  { seed: 2, about: 'a board’s own reports cause no new manifest, and so no write to its card (G9)' },
  {
    seed: 44,
    about: 'tidying up after dead pods, slow as it is, spares the pods that arrive meanwhile (G6)',
  },
  { seed: 345, about: 'volumes that were made while an agent’s start was tidying up are kept (G6)' },
  {
    seed: 79,
    about: 'a birth that the controller missed, and a late will hides at the broker, is asked for again (G6)',
  },
  {
    seed: 213,
    about: 'a controller that comes back on the same epoch learns which boards were born meanwhile (G6)',
  },
  { seed: 167, about: 'of two changes to a pod’s volumes the newer one has the last word on the disk (G6)' },
  {
    seed: 30,
    about: 'a pod that had no board when a copy was taken does not run twice when that is restored (G3)',
  },
  {
    seed: 599,
    about: 'an agent that starts again before all of a manifest has arrived ends none of its pods (G5)',
  },
  {
    seed: 1191,
    about: 'a pod that a manifest left out, of which something was still under way, is not run anew (G5)',
  },
  {
    seed: 2175,
    about: 'a controller that was started anew knows what room a board’s pods of another store take (G6)',
  },
  {
    seed: 2604,
    about: 'a death that metrics of the next boot have overtaken is no news (G6)',
  },
  {
    seed: 11528,
    about:
      'an old manifest that its broker says again ends no pod of a board whose journal was lost: it answers another start (G5, G7)',
  },
  {
    seed: 5143,
    about:
      'a pod whose deletion is in a damaged journal, and nothing of its end, is not started once more (G5)',
  },
  {
    seed: 13706,
    about: 'a pod that had no address yet when the power went gets one, with nobody there to order it (G5)',
  },
  {
    seed: 7840,
    about: 'the last manifest of a store that a restored copy has replaced is not obeyed again (G5)',
  },
  {
    seed: 8711,
    about: 'a preStop hook that the runtime did not answer for is tried again, and not waited for (G6)',
  },
  {
    seed: 10575,
    about: 'a pod that runs keeps its address, though a damaged card tells it of one that is gone (G5)',
  },
  {
    seed: 692,
    about:
      'a pod whose end was begun, and lost by a damaged card, ends; with a keepalive of 10 s for the controller (G6)',
  },
  {
    seed: 4468,
    about: 'a board that hears what a copy of its card is told goes on telling that it is there (G6)',
  },
  {
    seed: 5542,
    about: 'no pod is turned away on account of one that may have ended, before that was looked at (G6)',
  },
  { seed: 11_135, about: 'so does one that the copy has left with a late will (G6)' },
  {
    seed: 819,
    about: 'a late will of the controller’s earlier connection is no news to boards, and is taken back (G6)',
  },
  {
    seed: 15780,
    about:
      'a pod whose container ran, and is told an image that is nowhere, is Running and not Pending, as in Kubernetes: the check was wrong (G6)',
  },
  {
    seed: 19437,
    about: 'a pod of another store that its board says is gone takes no room of others (G6)',
  },
  {
    seed: 20508,
    about:
      'a pod that a manifest in a damaged journal has left out, and nothing of its end is there, is not started once more (G5)',
  },
  {
    seed: 143,
    plan: damagedCards,
    about:
      'a pod of which a damaged card has lost the record is asked for again, and with it whether it has ended (G6)',
  },
  { seed: 521, plan: damagedCards, about: 'so that it takes no room from others (G6)' },
];
