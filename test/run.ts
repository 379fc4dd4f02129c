import { join, resolve } from 'node:path';
import { checkCommands, runCheckCommand } from './runner/check-commands.ts';
import { type Chosen, choose } from './runner/stages.ts';
import { add, closingLine, nothing, stageLine, type Tally, verdict } from './runner/tally.ts';
import { runTestFile } from './runner/test-file.ts';
import { listFiles } from './runner/test-files.ts';

// `node test/run.ts [STAGE | PART-OF-A-PATH]…` runs the chosen tests, stage by stage, and ends with `N passed, N failed`.
const project = resolve(import.meta.dirname, '..');

async function main(filters: readonly string[]): Promise<number> {
  process.chdir(project);
  const interrupted = interruption();
  const files = listFiles(project, (path) => path.endsWith('.test.ts'));
  const { chosen, unmatched } = choose(files, filters);
  let total = nothing;
  for (const choice of chosen) total = add(total, await runStage(choice, interrupted));
  const complaint =
    unmatched.length > 0
      ? `No stage or test file matches: ${unmatched.join(', ')}`
      : verdict(total, process.env.CI === 'true');
  if (complaint !== undefined) console.log(complaint);
  console.log(closingLine(total));
  return complaint === undefined && !interrupted.aborted ? 0 : 1;
}

async function runStage({ stage, whole, files }: Chosen, interrupted: AbortSignal): Promise<Tally> {
  const startedMs = performance.now();
  let tally = nothing;
  const report = (name: string, result: Tally, sinceMs: number): void => {
    tally = add(tally, result);
    if (result.failed > 0) console.log(`${result.failures.map((text) => `\n✗ ${text}`).join('\n')}\n`);
    print(name, result, sinceMs);
  };
  if (whole && stage.name === 'check') {
    for (const command of checkCommands) {
      const sinceMs = performance.now();
      report(command.name, runCheckCommand(project, command), sinceMs);
    }
  }
  await inPool(files, stage.filesAtOnce, async (file) => {
    if (interrupted.aborted) return;
    const sinceMs = performance.now();
    report(file, await runTestFile(join(project, file), stage.fileTimeoutMs, interrupted), sinceMs);
  });
  print(stageLine(stage.name, tally), tally, startedMs);
  return tally;
}

function print(name: string, { failed }: Tally, sinceMs: number): void {
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1);
  console.log(`[${failed > 0 ? 'failed' : 'ok'} ${seconds} s] ${name}`);
}

/** Works through the items in order, so many at a time. */
async function inPool<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Ctrl-C stops the running files and still prints what is known; a second one ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

process.exit(await main(process.argv.slice(2)));
