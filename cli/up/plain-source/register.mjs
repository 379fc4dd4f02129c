// `node --import register.mjs PROGRAM`, with BRAMBLE_PLAIN_SOURCE naming a folder: Node gets the program's TypeScript without its
// types, as it was written there before. Otherwise Node takes them away itself, which keeps 8 MB in memory as long as the
// process runs, or keeps what it compiled, 5 MB.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { markOf, plainPath } from './names.mjs';

const folder = process.env['BRAMBLE_PLAIN_SOURCE'] ?? '';
const project = fileURLToPath(new URL('../../../', import.meta.url));
const workspaces = ['actors', 'protocol', 'adapters', 'agent', 'cli'];
/** So that what cannot be written is tried once. */
const tried = new Set();

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/'))
      return next(url, context);
    const path = fileURLToPath(url);
    const source = read(path) ?? writeAndRead(path);
    return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
  },
});

/** @param {string} path */
function writeAndRead(path) {
  if (tried.has(folder)) return undefined;
  tried.add(folder);
  const program = fileURLToPath(new URL('./write.mjs', import.meta.url));
  const flags = ['--disable-warning=ExperimentalWarning', program, folder, project, ...workspaces];
  // Where it fails, as on a full disk, Node does it.
  spawnSync(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  return read(path);
}

/** @param {string} path */
function read(path) {
  try {
    const text = readFileSync(plainPath(folder, path), 'utf8');
    const source = text.slice(text.indexOf('\n') + 1);
    return text.startsWith(markOf(source)) ? source : undefined;
  } catch {
    return undefined;
  }
}
