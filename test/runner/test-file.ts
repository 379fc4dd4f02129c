import type { EventData } from 'node:test';
import { run } from 'node:test';
import { inspect } from 'node:util';
import { measuredPrefix, nothing, type Tally } from './tally.ts';

const keptOutputCharacters = 64 * 1024;
/** After a file was told to stop, how long it may take before the run goes on without it. */
const stopGraceMs = 15_000;

/**
 * Runs one test file in a process of its own.
 *
 * @param file absolute path
 * @param interrupted stops the file before its time is up
 */
export async function runTestFile(file: string, timeoutMs: number, interrupted: AbortSignal): Promise<Tally> {
  const collector = new Collector(file);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([timeout, interrupted]);
  // A single test gets a little less than the file, so that the one which hangs is named.
  const stream = run({ files: [file], signal, timeout: Math.ceil(timeoutMs * 0.9) });
  stream.on('test:start', (data) => collector.started(data));
  stream.on('test:pass', (data) => collector.passed(data));
  stream.on('test:fail', (data) => collector.failed(data, timeout.aborted ? timeoutMs : undefined));
  stream.on('test:diagnostic', ({ message }) => collector.told(message));
  stream.on('test:stdout', (data) => collector.printed(data.message));
  stream.on('test:stderr', (data) => collector.printed(data.message));
  stream.resume();
  const ended = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  await Promise.race([ended, stoppedForGood(signal)]);
  return collector.tally();
}

function stoppedForGood(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(resolve, stopGraceMs).unref(), { once: true });
  });
}

/** Turns the events of one file's run into a tally. */
class Collector {
  readonly #file: string;
  readonly #names: string[] = [];
  readonly #failures: string[] = [];
  readonly #measured: string[] = [];
  #output = '';
  #passed = 0;
  #skipped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  started({ name, nesting }: EventData.TestStart): void {
    this.#names.splice(nesting, Number.POSITIVE_INFINITY, name);
  }

  passed({ name, skip, todo, details }: EventData.TestPass): void {
    // The file itself is reported as a test where it holds none.
    if (name === this.#file || details.type === 'suite') return;
    if (skip !== undefined || todo !== undefined) this.#skipped += 1;
    else this.#passed += 1;
  }

  failed(data: EventData.TestFail, fileTimeoutMs: number | undefined): void {
    const { name, nesting, todo, details, line } = data;
    const error: Error & { failureType?: string } = details.error;
    if (todo !== undefined) this.#skipped += 1;
    if (todo !== undefined || error.failureType === 'subtestsFailed') return;
    const isFile = name === this.#file;
    const why =
      isFile && fileTimeoutMs !== undefined
        ? `took longer than ${fileTimeoutMs / 1000} s and was stopped`
        : reason(error);
    const path = isFile ? 'the file itself' : [...this.#names.slice(0, nesting), name].join(' › ');
    this.#failures.push(`${this.#file}:${line ?? 1}\n${path}\n${why}`);
  }

  told(message: string): void {
    if (message.startsWith(measuredPrefix)) this.#measured.push(message.slice(measuredPrefix.length));
  }

  printed(text: string): void {
    this.#output = (this.#output + text).slice(-keptOutputCharacters);
  }

  tally(): Tally {
    const failures = [...this.#failures];
    if (this.#passed + this.#skipped + failures.length === 0)
      failures.push(`${this.#file}:1\nthe file itself\nholds no test, or did not end`);
    const failed = failures.length;
    if (failed > 0 && this.#output !== '') failures.push(`${this.#file} printed:\n${this.#output.trimEnd()}`);
    const measured = this.#measured;
    return { ...nothing, passed: this.#passed, skipped: this.#skipped, failed, failures, measured };
  }
}

function reason(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? inspect(cause, { depth: 8 }) : String(cause ?? error.message);
}
