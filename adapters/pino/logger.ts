import type { LogEntry, LogLevel } from '@bramble/actors/index.ts';
import pino from 'pino';
import { readableLine } from './readable-line.ts';

export interface LogOptions {
  /** Entries below this level are dropped. */
  readonly level: LogLevel;
  /** One readable line for each entry instead of JSON; unless told, when standard error is a terminal. */
  readonly pretty?: boolean;
  /** Takes each finished line, line feed included; standard error unless told. */
  readonly write?: (line: string) => void;
}

/** A log that writes at once, so that the last words before a crash are not lost. */
export function createLog(options: LogOptions): (entry: LogEntry) => void {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const pretty = options.pretty ?? process.stderr.isTTY === true;
  const logger = pino(
    { level: options.level, base: null, formatters: { level: (label) => ({ level: label }) } },
    { write: pretty ? (line: string) => write(readableLine(line)) : write },
  );
  return ({ level, from, message, fields }) =>
    logger[level](fields ? { from, ...describeErrors(fields) } : { from }, message);
}

/** Errors become type, message, stack and cause; pino alone would do so for the field `err` only. */
function describeErrors(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? pino.stdSerializers.errWithCause(value) : value,
    ]),
  );
}
