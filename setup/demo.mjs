import { startLauncher } from './node-version.mjs';

startLauncher('demo');
