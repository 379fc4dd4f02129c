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
  const seen = new Set(sorted.map(({ step }) => step));
  const missing = order.filter((step) => !seen.has(step));
  const lines = table([['STEP', 'AT MS', 'TOOK', 'WHO', 'WHAT'], ...rows]);
  const note = missing.length > 0 ? [`not reached yet: ${missing.join(', ')}`] : [];
  return [`pod ${namespace}/${name}`, ...lines, ...note].join('\n');
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
