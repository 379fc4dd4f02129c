/** One package as package-lock.json describes it. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
}

/** By path, like `node_modules/zod`; workspaces by their folder. */
export type Lock = Readonly<Record<string, LockedPackage>>;

export interface Closure {
  /** Folders of the workspaces that are needed, sorted. */
  readonly workspaces: readonly string[];
  /** Paths in node_modules of packages from the registry, sorted. */
  readonly packages: readonly string[];
}

/** All that the given workspaces need at run time on a Linux machine with that processor, as the lock file resolves it. */
export function productionClosure(lock: Lock, roots: readonly string[], cpu: string): Closure {
  const found = new Set<string>();
  const queue = [...roots];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const entry = lock[path];
    if (entry === undefined)
      throw new Error(`package-lock.json knows no ${path}: check the project out anew`);
    if (found.has(path) || !fits(entry, cpu)) continue;
    found.add(path);
    if (entry.link && entry.resolved !== undefined) queue.push(entry.resolved);
    const from = path;
    for (const name of Object.keys(entry.dependencies ?? {})) queue.push(resolve(lock, from, name));
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const there = find(lock, from, name);
      if (there !== undefined) queue.push(there);
    }
  }
  const all = [...found].sort();
  return {
    workspaces: all.filter((path) => !path.includes('node_modules/')),
    packages: all.filter((path) => path.includes('node_modules/') && !lock[path]?.link),
  };
}

const fits = ({ os, cpu: wanted }: LockedPackage, cpu: string): boolean =>
  (os === undefined || [os].flat().includes('linux')) &&
  (wanted === undefined || [wanted].flat().includes(cpu));

function resolve(lock: Lock, from: string, name: string): string {
  const path = find(lock, from, name);
  if (path === undefined)
    throw new Error(`package-lock.json has no ${name}, which ${from} needs: check the project out anew`);
  return path;
}

/** As Node looks for modules: in the package's own node_modules, then in those of the folders around it. */
function find(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (!folder.endsWith('node_modules') && lock[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}
