// What a controller takes that has nothing to do: memory and processor time, its broker included, beside a bare Node.
// About a minute and a half; `--quick` takes seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureMemory } from './controller-memory/measure.ts';
import { memoryReport } from './controller-memory/table.ts';
import { markdown } from './report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'bramble-bench-memory-'));
try {
  console.log(markdown(memoryReport(await measureMemory(folder, values.quick))));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
