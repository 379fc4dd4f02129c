import type { UpSettings } from './settings.ts';
import { up } from './up.ts';

process.exitCode = await up(JSON.parse(process.argv[2] ?? '') as UpSettings);
