import { call, type Target } from '../client.ts';

interface TraceStep {
  readonly step: string;
  readonly who: string;
  readonly what: string;
  readonly at: number;
  readonly clock: 'controller' | 'board';
}

interface PodTrace {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly steps: readonly TraceStep[];
}

const order = ['client', 'api server', 'store', 'scheduler', 'agent', 'runtime', 'lifecycle', 'network'];

/** @param resource `pod/hello`, `pods/hello` or `hello` */
export async function trace(target: Target, resource: string, namespace: string): Promise<string> {
  const match = /^(?:(?:po|pods?)\/)?([^/]+)$/.exec(resource);
  if (!match?.[1]) throw new Error(`"${resource}" is no pod: write pod/NAME`);
  const found = await call<PodTrace>(target, 'GET', `/bramble/v1/trace/${namespace}/${match[1]}`);
  return formatTrace(found);
}

/** A line for each thing done, numbered by the step of the pod's life that it belongs to, with milliseconds since the request. */
export function formatTrace({ namespace, name, steps }: PodTrace): string {
  const sorted = [...steps].sort((a, b) => a.at - b.at || order.indexOf(a.step) - order.indexOf(b.step));
  const began = sorted[0]?.at ?? 0;
  let before = began;
  const rows = sorted.map(({ step, who, what, at }) => {
    const row = [`${order.indexOf(step) + 1} ${step}`, `${at - began}`, `+${at - before}`, who, what];
    before = at;
    return row;
  });
  const lines = table([['STEP', 'AT MS', 'TOOK', 'WHO', 'WHAT'], ...rows]);
  return [`pod ${namespace}/${name}`, ...lines, ...missingNote(sorted)].join('\n');
}

/** What is not in the trace has not happened, or happened before the controller that was asked started. */
function missingNote(steps: readonly TraceStep[]): string[] {
  const seen = new Set(steps.map(({ step }) => step));
  const missing = order.filter((step) => !seen.has(step));
  if (missing.length === 0) return [];
  const why = seen.has('client')
    ? 'not reached yet'
    : 'not known, since the controller was started after that';
  return [`${why}: ${missing.join(', ')}`];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
