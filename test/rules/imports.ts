import { dirname, posix } from 'node:path';
import { blank, isForTests, type SourceFile, type Violation, violation } from './source-file.ts';
import { importRules, oneHomePackages, oneModulePackages, testPackages } from './tables.ts';

export interface Import {
  readonly specifier: string;
  readonly offset: number;
}

const statement = /^[ \t]*(?:import|export)\b[^'"`;()]*?['"]([^'"\n]+)['"]/gm;
const call = /\bimport\(\s*['"]([^'"\n]+)['"]/g;

/** Static, re-exporting, side-effect and dynamic imports (of a literal), in the file's order. */
export function findImports(text: string): Import[] {
  const code = blank(text, 'comments');
  return [...code.matchAll(statement), ...code.matchAll(call)]
    .filter((match) => /\bfrom\s*['"]|^\s*import\s*['"(]/.test(match[0]) || match[0].startsWith('import('))
    .map((match) => ({ specifier: match[1] ?? '', offset: match.index + match[0].search(/\S/) }))
    .sort((a, b) => a.offset - b.offset);
}

/** `@peculiar/x509/build/a.js` → `@peculiar/x509`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Imports that the table of who may import whom does not allow. */
export function checkImports(file: SourceFile): Violation[] {
  const workspace = file.path.split('/', 1)[0] ?? '';
  if (workspace === 'test') return [];
  return findImports(file.text).flatMap(({ specifier, offset }) => {
    const refusal = refuse(file.path, workspace, specifier);
    return refusal === undefined ? [] : [violation(file, offset, refusal)];
  });
}

function refuse(path: string, workspace: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (specifier.startsWith('.')) return refuseRelative(path, workspace, specifier);
  const rule = importRules[workspace];
  if (rule === undefined) return `${workspace}/ is free of dependencies, and imports ${specifier}`;
  const name = packageOf(specifier);
  if (!name.startsWith('@bramble/')) {
    const module = oneModulePackages[name];
    if (module !== undefined && module !== path) return `import ${name} by ${module}, which hands it on`;
    if (rule.packages.includes(name) || (isForTests(path) && testPackages.includes(name))) return undefined;
    return `${workspace}/ may not import the package ${name} (it may: ${list(rule.packages)})`;
  }
  const target = name.slice('@bramble/'.length);
  if (target === workspace) return `import your own workspace by a relative path, not as ${specifier}`;
  if (rule.workspaces.includes(target) || rule.modules?.includes(specifier)) return undefined;
  return `${workspace}/ may not import ${specifier} (it may: ${list([...rule.workspaces, ...(rule.modules ?? [])])})`;
}

function refuseRelative(path: string, workspace: string, specifier: string): string | undefined {
  const target = posix.join(dirname(path), specifier);
  if (target.startsWith(`${workspace}/`)) return undefined;
  return `${specifier} leaves ${workspace}/: import other workspaces by their package names`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

/** The folders that import each one-home library; tests apart, and what runs in a browser and never beside the rest. */
export function homesOf(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const homes = new Map<string, Set<string>>();
  for (const { path, text } of files.filter(
    ({ path: each }) => !isForTests(each) && !each.startsWith('dashboard/'),
  )) {
    for (const name of findImports(text).map(({ specifier }) => packageOf(specifier))) {
      if (oneHomePackages.includes(name)) homes.set(name, (homes.get(name) ?? new Set()).add(dirname(path)));
    }
  }
  return homes;
}

/** Libraries that are imported from more than one folder, or from a workspace's top. */
export function checkHomes(files: readonly SourceFile[]): Violation[] {
  return [...homesOf(files)].flatMap(([name, folders]) => {
    const shown = [...folders].sort().join(', ');
    if (folders.size > 1)
      return [`${name} is imported in ${shown}: keep it in one adapter folder, behind a port`];
    return shown.includes('/')
      ? []
      : [`${name} is imported at the top of ${shown}/: put it into an adapter folder`];
  });
}
