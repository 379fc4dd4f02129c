import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@bramble/controller/fleet/broker/worker.ts';

/** The broker's worker, which crashes when a file named after this process appears. */
const file = join(tmpdir(), `bramble-crash-${process.pid}`);
const watch = setInterval(() => {
  if (!existsSync(file)) return;
  rmSync(file);
  throw new Error('crash for a test');
}, 10);
watch.unref();
