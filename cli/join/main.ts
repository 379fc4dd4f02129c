import { join } from './join.ts';
import type { JoinSettings } from './settings.ts';

process.exitCode = await join(JSON.parse(process.argv[2] ?? '') as JoinSettings);
