/** One stage of `npm test`. Stages run in the table's order, from the quickest answer to the slowest. */
export interface Stage {
  readonly name: string;
  /** Folders, relative to the project, whose tests belong to this stage; the longest match decides. */
  readonly folders: readonly string[];
  /** Test files at the same time; 1 for those that share the machine's containers and networks. */
  readonly filesAtOnce: number;
  /** A file that takes longer is stopped and has failed. */
  readonly fileTimeoutMs: number;
}

const minuteMs = 60_000;

export const stages: readonly Stage[] = [
  { name: 'check', folders: ['test/rules'], filesAtOnce: 2, fileTimeoutMs: 2 * minuteMs },
  { name: 'unit', folders: [''], filesAtOnce: 2, fileTimeoutMs: 5 * minuteMs },
  { name: 'sim', folders: ['test/sim'], filesAtOnce: 1, fileTimeoutMs: 15 * minuteMs },
  {
    name: 'e2e',
    folders: ['test/e2e', 'test/conformance', 'test/hostile'],
    filesAtOnce: 1,
    fileTimeoutMs: 15 * minuteMs,
  },
];

/** What was chosen of one stage: its own commands as well if the whole stage was, and test files. */
export interface Chosen {
  readonly stage: Stage;
  readonly whole: boolean;
  readonly files: readonly string[];
}

/**
 * Chooses what to run. A filter is a stage's name or part of a file's path; no filter means everything.
 *
 * @param files test files relative to the project, with `/`
 * @returns the choice in the stages' order, and the filters that match nothing
 */
export function choose(
  files: readonly string[],
  filters: readonly string[],
): { readonly chosen: readonly Chosen[]; readonly unmatched: readonly string[] } {
  const chosen = stages.map((stage) => {
    const whole = filters.length === 0 || filters.includes(stage.name);
    const own = files.filter((file) => stageOf(file) === stage);
    return { stage, whole, files: whole ? own : own.filter((file) => matchesPath(file, filters)) };
  });
  const unmatched = filters.filter(
    (filter) =>
      !stages.some(({ name }) => name === filter) && !files.some((file) => matchesPath(file, [filter])),
  );
  return { chosen: chosen.filter(({ whole, files: own }) => whole || own.length > 0), unmatched };
}

function matchesPath(file: string, filters: readonly string[]): boolean {
  const stageNames = stages.map(({ name }) => name);
  return filters.some((filter) => !stageNames.includes(filter) && file.includes(filter.replace(/^\.\//, '')));
}

function stageOf(file: string): Stage | undefined {
  const lengthOfMatch = ({ folders }: Stage): number =>
    Math.max(
      ...folders.map((folder) => (folder === '' || file.startsWith(`${folder}/`) ? folder.length : -1)),
    );
  return [...stages].sort((a, b) => lengthOfMatch(b) - lengthOfMatch(a))[0];
}
