import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatDocument, parseDocument, type Run, withRuns } from './runner/document.ts';
import { thisMachine } from './runner/machine.ts';
import { benchNames, chooseBenches } from './runner/programs.ts';
import { runBench } from './runner/run-bench.ts';
import { faultsOf } from './runner/section.ts';

// `npm run bench -- [NAME…] [--quick] [--write]`: benchmarks one after the other, their results on standard output, and with
// --write in docs/benchmarks.md.

const page = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md');
const timeoutMs = 20 * 60_000;
const names = benchNames(import.meta.dirname);

interface Asked {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly write: boolean;
}

/** @throws Error saying what is wrong with the command line */
function asked(): Asked {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.quick && values.write)
    throw new Error('--quick measures nothing that is worth --write: leave one of them out');
  return { ...values, names: chooseBenches(names, positionals) };
}

async function main({ names: chosen, quick, write }: Asked): Promise<number> {
  const machine = thisMachine();
  let failures = 0;
  for (const [index, name] of chosen.entries()) {
    console.error(`[${index + 1}/${chosen.length}] ${name}`);
    const run = await runOne(name, quick);
    if (run === undefined) failures += 1;
    else {
      console.log(run.markdown);
      // At once: what is measured is kept when a later one fails, or is interrupted.
      if (write) await writePage([run], machine);
    }
  }
  return failures === 0 ? 0 : 1;
}

async function runOne(name: string, quick: boolean): Promise<Run | undefined> {
  const machine = thisMachine();
  const onProgress = (text: string): void => void process.stderr.write(text);
  const { code, markdown, tookSeconds } = await runBench(name, { quick, timeoutMs, onProgress });
  const faults = code === 0 ? faultsOf(markdown) : [`it ended with ${code}`];
  if (faults.length === 0) return { name, markdown, machine, tookSeconds };
  console.error(`${name}: ${faults.join('; ')}\n${markdown}`);
  return undefined;
}

async function writePage(runs: readonly Run[], machine: Run['machine']): Promise<void> {
  const before = parseDocument(await readFile(page, 'utf8').catch(() => ''));
  await writeFile(page, formatDocument(withRuns(before, runs, names), machine));
}

try {
  process.exitCode = await main(asked());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 64;
}
