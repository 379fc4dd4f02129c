import { flushCompileCache } from 'node:module';
import type { UpSettings } from './settings.ts';
import { up } from './up.ts';

// At once: power may go before this process ends.
flushCompileCache();
process.exitCode = await up(JSON.parse(process.argv[2] ?? '') as UpSettings);
