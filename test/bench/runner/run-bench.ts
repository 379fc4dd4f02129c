import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface BenchEnd {
  readonly code: number;
  readonly markdown: string;
  readonly tookSeconds: number;
}

export interface BenchOptions {
  readonly quick: boolean;
  readonly timeoutMs: number;
  /** Where its progress goes. */
  readonly onProgress: (text: string) => void;
}

const folder = join(import.meta.dirname, '..');

/** One program in a process of its own, to its end; one that takes too long is killed, and ends with 137. */
export async function runBench(name: string, options: BenchOptions): Promise<BenchEnd> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...(options.quick ? ['--quick'] : [])], {
    cwd: join(folder, '..', '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  child.stderr.setEncoding('utf8').on('data', options.onProgress);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
  const [markdown, code] = await Promise.all([text(child.stdout), ended]);
  return { code, markdown, tookSeconds: (performance.now() - began) / 1_000 };
}
