// What a board's processes hold in memory: the agent on its first start and after it was started again, with ten silent pods, and
// everything beside it that a board needs. About two and a half minutes, as root; `--quick` takes seconds: one pod, one start.
import { measureMemory } from './agent-memory/measure.ts';
import { reportOf } from './agent-memory/table.ts';
import { markdown } from './report.ts';

if (process.getuid?.() !== 0) throw new Error('containers and namespaces need root');
console.log(markdown(reportOf(await measureMemory(process.argv.includes('--quick')))));
