// The API server beside a bare node:https server that keeps and tells the same objects: creates, reads, lists, watchers,
// and whether creates cost more with more objects there. About two and a half minutes; `--quick` takes seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAll } from './api/measure.ts';
import { apiReport } from './api/table.ts';
import { markdown } from './report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'bramble-bench-api-'));
try {
  console.log(markdown(apiReport(await measureAll(folder, values.quick))));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
