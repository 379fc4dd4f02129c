// Writes the source of workspaces without its types: `node write.mjs FOLDER PROJECT WORKSPACE…`. A process of its own, since what
// takes the types away keeps tens of megabytes.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { markOf, plainPath } from './names.mjs';

const [folder = '', project = '', ...workspaces] = process.argv.slice(2);
mkdirSync(folder, { recursive: true, mode: 0o700 });
const known = new Set(readdirSync(folder).map((name) => join(folder, name)));

for (const path of workspaces.flatMap(sourcesOf)) {
  const to = plainPath(folder, path);
  if (!known.delete(to) || !isWhole(to)) write(path, to);
}
for (const path of known) rmSync(path);

/** @param {string} workspace */
function sourcesOf(workspace) {
  const folder = join(project, workspace);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isSource = (/** @type {string} */ name) =>
    /\.ts$/.test(name) && !/\.(test|testing|d)\.ts$|generated|node_modules/.test(name);
  return names.filter(isSource).map((name) => join(folder, name));
}

/** @param {string} path */
function isWhole(path) {
  const text = readFileSync(path, 'utf8');
  const source = text.slice(text.indexOf('\n') + 1);
  return text === markOf(source) + source;
}

/**
 * @param {string} path
 * @param {string} to
 */
function write(path, to) {
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  writeFileSync(to, markOf(source) + source, { mode: 0o600 });
}
