import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where and when something was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  readonly node: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of the last minute, before anything was begun. */
  readonly load: number;
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    memoryGibibytes: totalmem() / 2 ** 30,
    kernel: `${type()} ${release()}`,
    node: process.version,
    at: new Date().toISOString(),
    load: loadavg()[0] ?? Number.NaN,
  };
}
