import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file as a browser gets it. */
export interface PageFile {
  readonly contentType: string;
  readonly body: string;
  readonly etag: string;
}

const project = fileURLToPath(new URL('../../', import.meta.url));

/** What the page may load, and where it is: nothing else of this machine is served. */
const folders: readonly { readonly url: string; readonly folder: string; readonly names: RegExp }[] = [
  { url: 'lib/lit-html/', folder: 'node_modules/lit-html/', names: /^(directives\/)?[a-z-]+\.js$/ },
  { url: 'lib/mqtt/', folder: 'node_modules/mqtt/dist/', names: /^mqtt\.esm\.js$/ },
  { url: 'lib/yaml/', folder: 'node_modules/yaml/browser/', names: /^([a-z][\w.-]*\/)*[a-z][\w-]*\.js$/i },
  { url: 'protocol/', folder: 'protocol/', names: /^topics\.ts$/ },
  { url: '', folder: 'dashboard/', names: /^((views\/)?[a-z-]+\.ts|index\.html|style\.css|icon\.svg)$/ },
];

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
};

/** Reads the dashboard's files, once each. TypeScript goes out without its types, which browsers do not know. */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** @param name relative to the dashboard's path; `undefined` for what is none of it. */
  async get(name: string): Promise<PageFile | undefined> {
    const path = placeOf(name);
    if (path === undefined) return undefined;
    const known = this.#files.get(path);
    if (known) return known;
    const read = await readPage(path);
    if (read) this.#files.set(path, read);
    return read;
  }
}

function placeOf(name: string): string | undefined {
  if (name.includes('.test.')) return undefined;
  for (const { url, folder, names } of folders) {
    const rest = name.slice(url.length);
    if (name.startsWith(url) && names.test(rest)) return join(project, folder, rest);
  }
  return undefined;
}

async function readPage(path: string): Promise<PageFile | undefined> {
  const contentType = contentTypes[extname(path)];
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || contentType === undefined) return undefined;
  const text = await readFile(path, 'utf8');
  const body = extname(path) === '.ts' ? stripTypeScriptTypes(text) : text;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  return { contentType, body, etag };
}

/** The hash with which a page's policy allows its import map, which cannot be a file of its own. */
export function inlineScriptHash(html: string): string {
  const [, script = ''] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html) ?? [];
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}
