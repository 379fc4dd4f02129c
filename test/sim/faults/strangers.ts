import { forge, goRogue } from './attacks.ts';
import { cloneBoard } from './clones.ts';
import { flood } from './flood.ts';
import type { FaultsOf } from './strike.ts';

/** Of those who are not what they say, or say too much. */
export const strangerFaults: FaultsOf<'strangers'> = {
  'rogue-board': (world) => goRogue(world, world.anyBoard()),
  'forging-broker': (world) => forge(world, world.anyBoard()),
  'cloned-board': (world) => cloneBoard(world, world.anyBoard()),
  flood: (world) => flood(world, world.anyBoard()),
};
