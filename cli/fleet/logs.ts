import type { FleetClient } from './client.ts';
import { untilInterrupted } from './run.ts';

export interface LogsOptions {
  readonly namespace: string;
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
}

/** Writes a container's log, as it comes. */
export async function logs(client: FleetClient, pod: string, options: LogsOptions): Promise<void> {
  const name = /^(?:(?:po|pods?)\/)?([^/]+)$/.exec(pod)?.[1];
  if (!name) throw new Error(`"${pod}" is no pod: write NAME, or pod/NAME`);
  const path = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/pods/${encodeURIComponent(name)}/log?${query(options)}`;
  await client.stream({ path }, write, untilInterrupted());
}

function query({ container, follow, previous, timestamps, tail, since }: LogsOptions): URLSearchParams {
  const asked = new URLSearchParams();
  if (container !== undefined) asked.set('container', container);
  if (follow) asked.set('follow', 'true');
  if (previous) asked.set('previous', 'true');
  if (timestamps) asked.set('timestamps', 'true');
  if (tail !== undefined) asked.set('tailLines', wholeNumber('--tail', tail));
  if (since !== undefined) asked.set('sinceSeconds', `${secondsOf(since)}`);
  return asked;
}

function wholeNumber(flag: string, text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new Error(`${flag} ${text}: a number of lines, such as 20`);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90s`, `5m`, `1h30m`, `2d`. @throws Error for anything else. */
export function secondsOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new Error(`--since ${text}: a time such as 30s, 5m, 1h30m or 2d`);
  const seconds = parts.reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (unitSeconds[unit] ?? 1),
    0,
  );
  return Math.max(1, seconds);
}

/** The next part is asked for when the terminal, or the pipe, has taken this one. */
function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
