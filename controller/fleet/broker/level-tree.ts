interface Branch<T> {
  readonly children: Map<string, Branch<T>>;
  readonly values: Set<T>;
}

/**
 * Values at slash-separated paths. One tree serves both look-ups of a broker: which filters match a topic (wildcards in
 * the tree), and which topics match a filter (wildcards in the question). Work grows with what matches, not with what
 * is stored.
 */
export class LevelTree<T> {
  readonly #root: Branch<T> = newBranch();

  add(path: string, value: T): void {
    let branch = this.#root;
    for (const level of path.split('/')) {
      let next = branch.children.get(level);
      if (next === undefined) {
        next = newBranch();
        branch.children.set(level, next);
      }
      branch = next;
    }
    branch.values.add(value);
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
  return { children: new Map(), values: new Set() };
}

function removeFrom<T>(branch: Branch<T>, levels: readonly string[], at: number, value: T): void {
  const level = levels[at];
  if (level === undefined) {
    branch.values.delete(value);
    return;
  }
  const next = branch.children.get(level);
  if (next === undefined) return;
  removeFrom(next, levels, at + 1, value);
  if (next.values.size === 0 && next.children.size === 0) branch.children.delete(level);
}

function collectFilters<T>(branch: Branch<T>, levels: readonly string[], at: number, found: T[]): void {
  const below = branch.children.get('#');
  if (below) for (const value of below.values) found.push(value);
  const level = levels[at];
  if (level === undefined) {
    for (const value of branch.values) found.push(value);
    return;
  }
  const exact = branch.children.get(level);
  if (exact) collectFilters(exact, levels, at + 1, found);
  const any = branch.children.get('+');
  if (any) collectFilters(any, levels, at + 1, found);
}

function collectTopics<T>(branch: Branch<T>, levels: readonly string[], at: number, found: T[]): void {
  const level = levels[at];
  if (level === undefined) {
    for (const value of branch.values) found.push(value);
  } else if (level === '#') {
    collectAll(branch, found);
  } else if (level === '+') {
    for (const child of branch.children.values()) collectTopics(child, levels, at + 1, found);
  } else {
    const child = branch.children.get(level);
    if (child) collectTopics(child, levels, at + 1, found);
  }
}

function collectAll<T>(branch: Branch<T>, found: T[]): void {
  for (const value of branch.values) found.push(value);
  for (const child of branch.children.values()) collectAll(child, found);
}
