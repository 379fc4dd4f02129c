import { useCompileCache } from './compile-cache.ts';

useCompileCache();
const { run } = await import('./run.ts');
await run();
