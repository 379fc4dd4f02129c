import type { Guarantee } from '../checks/verdict.ts';
import type { FaultKind } from '../faults/kinds.ts';
import type { WorkKind } from '../operators/kinds.ts';
import type { WorldOptions } from '../world/world.ts';

/** A fault of the product itself, which the checks must notice. */
export interface Mutation {
  readonly name: string;
  /** The check that is meant for it. */
  readonly breaks: Guarantee;
  /** What has to go wrong for it to matter, in place of what the seed chooses. */
  readonly faults?: readonly FaultKind[];
  readonly work?: readonly WorkKind[];
}

/** One that is put between the product and its ports. */
export interface SeamMutation extends Mutation {
  readonly change: Omit<WorldOptions, 'seed' | 'faults' | 'work'>;
}

/** One that is put into the product's text. */
export interface PatchMutation extends Mutation {
  readonly patches: readonly Patch[];
}

export interface Patch {
  /** From the project's root. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

export function instead(file: string, find: string, replace: string): Patch {
  return { file, find, replace };
}
