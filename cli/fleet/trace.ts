import type { FleetClient } from './client.ts';
import { alignedLines } from './table.ts';

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
export async function trace(client: FleetClient, resource: string, namespace: string): Promise<string> {
  const match = /^(?:(?:po|pods?)\/)?([^/]+)$/.exec(resource);
  if (!match?.[1]) throw new Error(`"${resource}" is no pod: write pod/NAME`);
  const path = `/bramble/v1/trace/${encodeURIComponent(namespace)}/${encodeURIComponent(match[1])}`;
  const found = await client.read<PodTrace>({ path });
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
  const lines = alignedLines([['STEP', 'AT MS', 'TOOK', 'WHO', 'WHAT'], ...rows]);
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
