import { flushCompileCache } from 'node:module';
import { join } from './join.ts';
import type { JoinSettings } from './settings.ts';

// At once: power may go before this process ends.
flushCompileCache();
process.exitCode = await join(JSON.parse(process.argv[2] ?? '') as JoinSettings);
