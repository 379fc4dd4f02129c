/** A fleet has a branch or two for each topic and filter of each board, most of them leaves: an empty table in each would take most of it. */
interface Branch<T> {
  children: Map<string, Branch<T>> | undefined;
  values: Values<T>;
}

/** None, one as it is, or several. */
type Values<T> = T | Several<T> | undefined;

class Several<T> extends Set<T> {}

/**
 * Values at slash-separated paths. One tree serves both look-ups of a broker: which filters match a topic (wildcards in
 * the tree), and which topics match a filter (wildcards in the question). Work grows with what matches, not with what
 * is stored.
 */
export class LevelTree<T extends string | object> {
  readonly #root: Branch<T> = newBranch();

  add(path: string, value: T): void {
    let branch = this.#root;
    for (const level of path.split('/')) {
      branch.children ??= new Map();
      let next = branch.children.get(level);
      if (next === undefined) {
        next = newBranch();
        branch.children.set(level, next);
      }
      branch = next;
    }
    branch.values = withValue(branch.values, value);
  }

  /** Empty branches go too, so that a tree never keeps the memory of its past. */
  remove(path: string, value: T): void {
    removeFrom(this.#root, path.split('/'), 0, value);
  }

  /** Values stored under filters that match this topic. */
  matchTopic(topic: string): T[] {
    const found: T[] = [];
    collectFilters(this.#root, topic.split('/'), 0, found);
    return found;
  }

  /** Values stored under topics that match this filter. */
  matchFilter(filter: string): T[] {
    const found: T[] = [];
    collectTopics(this.#root, filter.split('/'), 0, found);
    return found;
  }
}

function newBranch<T>(): Branch<T> {
  return { children: undefined, values: undefined };
}

function withValue<T extends string | object>(values: Values<T>, value: T): Values<T> {
  if (values === undefined || values === value) return value;
  return values instanceof Several ? values.add(value) : new Several([values as T, value]);
}

function withoutValue<T extends string | object>(values: Values<T>, value: T): Values<T> {
  if (!(values instanceof Several)) return values === value ? undefined : values;
  values.delete(value);
  if (values.size > 1) return values;
  const [last] = values;
  return last;
}

function collectValues<T extends string | object>({ values }: Branch<T>, found: T[]): void {
  if (values instanceof Several) for (const value of values) found.push(value);
  else if (values !== undefined) found.push(values as T);
}

function removeFrom<T extends string | object>(
  branch: Branch<T>,
  levels: readonly string[],
  at: number,
  value: T,
): void {
  const level = levels[at];
  if (level === undefined) {
    branch.values = withoutValue(branch.values, value);
    return;
  }
  const next = branch.children?.get(level);
  if (branch.children === undefined || next === undefined) return;
  removeFrom(next, levels, at + 1, value);
  if (next.values !== undefined || next.children !== undefined) return;
  branch.children.delete(level);
  if (branch.children.size === 0) branch.children = undefined;
}

function collectFilters<T extends string | object>(
  branch: Branch<T>,
  levels: readonly string[],
  at: number,
  found: T[],
): void {
  const below = branch.children?.get('#');
  if (below) collectValues(below, found);
  const level = levels[at];
  if (level === undefined) return collectValues(branch, found);
  const exact = branch.children?.get(level);
  if (exact) collectFilters(exact, levels, at + 1, found);
  const any = branch.children?.get('+');
  if (any) collectFilters(any, levels, at + 1, found);
}

function collectTopics<T extends string | object>(
  branch: Branch<T>,
  levels: readonly string[],
  at: number,
  found: T[],
): void {
  const level = levels[at];
  if (level === undefined) return collectValues(branch, found);
  if (level === '#') return collectAll(branch, found);
  if (level === '+') {
    for (const child of branch.children?.values() ?? []) collectTopics(child, levels, at + 1, found);
    return;
  }
  const child = branch.children?.get(level);
  if (child) collectTopics(child, levels, at + 1, found);
}

function collectAll<T extends string | object>(branch: Branch<T>, found: T[]): void {
  collectValues(branch, found);
  for (const child of branch.children?.values() ?? []) collectAll(child, found);
}
