import { readdirSync } from 'node:fs';

const noBench = ['main.ts', 'report.ts'];

/** The benchmarks that a folder holds, by name: every program in it but the runner's own files and tests. */
export function benchNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[a-z-]+\.ts$/.test(entry.name) && !noBench.includes(entry.name))
    .map(({ name }) => name.slice(0, -'.ts'.length))
    .sort();
}

/** Those that were asked for, in the folder's order; all where none is named. @throws Error naming what there is */
export function chooseBenches(all: readonly string[], asked: readonly string[]): readonly string[] {
  const unknown = asked.filter((name) => !all.includes(name));
  if (unknown.length > 0)
    throw new Error(`no benchmark is called ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  return asked.length === 0 ? all : all.filter((name) => asked.includes(name));
}
