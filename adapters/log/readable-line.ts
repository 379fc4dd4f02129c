/** Turns one line of JSON log into `12:34:56.789 warn  from: message  field=value`; a stack follows, indented. */
export function readableLine(json: string): string {
  const { time, level, from, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const shown = Object.entries(fields).map(([name, value]) => `  ${name}=${shortly(value)}`);
  const stacks = Object.values(fields).map(stackOf);
  return `${clock} ${String(level).padEnd(5)} ${from}: ${msg}${shown.join('')}\n${stacks.join('')}`;
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: unknown;
}

function isError(value: unknown): value is DescribedError {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

function shortly(value: unknown): string {
  if (isError(value)) return JSON.stringify(value.message);
  return typeof value === 'string' && !/[\s"]/.test(value) && value !== '' ? value : JSON.stringify(value);
}

function stackOf(value: unknown): string {
  if (!isError(value)) return '';
  const lines = value.stack.split('\n').map((line) => `    ${line.trim()}\n`);
  const cause = isError(value.cause) ? `    caused by\n${stackOf(value.cause)}` : '';
  return lines.join('') + cause;
}
