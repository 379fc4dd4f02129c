import { inspect } from 'node:util';
import type { LogEntry, LogLevel } from '@bramble/actors/index.ts';
import { errWithCause } from 'pino-std-serializers';
import { readableLine } from './readable-line.ts';

export interface LogOptions {
  /** Entries below this level are dropped. */
  readonly level: LogLevel;
  /** One readable line for each entry instead of JSON; unless told, when standard error is a terminal. */
  readonly pretty?: boolean;
  /** Takes each finished line, line feed included; standard error unless told. */
  readonly write?: (line: string) => void;
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * A log that writes at once, so that the last words before a crash are not lost. Lines are JSON as pino's, with the level by its
 * name: pino itself is 1.2 MB of an agent's memory, for what it does beyond that.
 */
export function createLog(options: LogOptions): (entry: LogEntry) => void {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const pretty = options.pretty ?? process.stderr.isTTY === true;
  const least = severity[options.level];
  return (entry) => {
    if (severity[entry.level] < least) return;
    const line = jsonLine(entry, Date.now());
    write(pretty ? readableLine(line) : line);
  };
}

function jsonLine({ level, from, message, fields = {} }: LogEntry, time: number): string {
  const line = (described: Record<string, unknown>): string =>
    `${JSON.stringify({ level, time, from, ...described, msg: message })}\n`;
  try {
    return line(describeErrors(fields));
  } catch {
    // What JSON cannot say: a field that contains itself, a bigint.
    return line({ fields: inspect(fields) });
  }
}

/** Errors become type, message, stack and cause. */
function describeErrors(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? errWithCause(value) : value,
    ]),
  );
}
