import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Before anything else is loaded: what Node compiled stays for the next time, which halves the time and the memory.
enableCompileCache(
  process.env['NODE_COMPILE_CACHE'] ?? join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'),
);

const { run } = await import('./run.ts');
await run();
