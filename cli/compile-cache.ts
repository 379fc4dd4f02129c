import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** For root in a folder that is somebody else’s, as with sudo: files of root’s in node_modules would stop their `npm ci`. */
const rootsCache = '/var/cache/bramble/compiled';

/** What Node compiled stays for the next time, which halves the time and the memory of a start. Call it before anything else is loaded. */
export function useCompileCache(): void {
  const modules = join(import.meta.dirname, '..', 'node_modules');
  enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? compileCacheFor(process.getuid?.() ?? 0, modules));
}

/** Where user `userId` keeps it for a project with these `node_modules`. */
export function compileCacheFor(userId: number, modules: string): string {
  const others = userId === 0 && statSync(modules).uid !== 0;
  return others ? rootsCache : join(modules, '.cache', 'compiled');
}
