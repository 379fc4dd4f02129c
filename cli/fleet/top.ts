import { isQuantity, quantityToNumber } from '@bramble/protocol/schema/quantity.ts';
import { nodeMetrics, podMetrics, temperatureAnnotation } from '@bramble/protocol/usage-kinds.ts';
import type { FleetClient } from './client.ts';
import { listAll } from './get.ts';
import type { AnyObject } from './objects.ts';
import { formatted, isWholeOutput, type OutputFormat } from './output.ts';
import { type Named, parseResources, pathOf } from './resources.ts';
import { print } from './run.ts';
import { alignedLines } from './table.ts';

export interface TopOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly containers?: boolean;
  readonly output: OutputFormat;
}

type Resources = Readonly<Record<string, unknown>>;

interface Measured extends AnyObject {
  readonly usage?: Resources;
  readonly containers?: readonly { readonly name: string; readonly usage?: Resources }[];
}

interface Board extends AnyObject {
  readonly status?: { readonly allocatable?: Resources };
}

/** What boards or pods use now, the busiest first. */
export async function top(client: FleetClient, words: readonly string[], options: TopOptions): Promise<void> {
  const [resource, ...more] = parseResources(words);
  const plural = resource?.kind.plural;
  if (!resource || more.length > 0 || (plural !== 'nodes' && plural !== 'pods'))
    throw new Error('say nodes or pods, or one of them, such as pod/hello');
  const measured = await readAll<Measured>(client, { ...resource, kind: measuredBy[plural] }, options);
  const sorted = byProcessor(measured, cpuOf);
  const { output } = options;
  if (isWholeOutput(output)) return print(formatted(sorted, output, resource.name !== undefined));
  if (plural === 'pods') return printPods(sorted, options);
  const boards = await readAll<Board>(client, resource, options);
  printRows(boardRows(boards, sorted));
}

const measuredBy = { nodes: nodeMetrics, pods: podMetrics } as const;

async function readAll<T extends AnyObject>(
  client: FleetClient,
  what: Named,
  options: TopOptions,
): Promise<T[]> {
  if (what.name === undefined) return (await listAll(client, what, options)) as T[];
  return [await client.read<T>({ path: pathOf(what, options) })];
}

/** Boards that have told nothing lately are shown, too: last. */
export function boardRows(boards: readonly Board[], measured: readonly Measured[]): string[][] {
  const byName = new Map(boards.map((board) => [board.metadata.name, board]));
  const rows = measured.map((use) => boardRow(use, byName.get(use.metadata.name)));
  const known = new Set(measured.map(({ metadata }) => metadata.name));
  const silent = boards.filter(({ metadata }) => !known.has(metadata.name));
  const unknown = silent.map(({ metadata }) => [metadata.name, ...Array<string>(5).fill('<unknown>')]);
  return [['NAME', 'CPU', 'CPU%', 'MEMORY', 'MEMORY%', 'TEMPERATURE'], ...rows, ...unknown];
}

function boardRow({ metadata, usage }: Measured, board: Board | undefined): string[] {
  const degrees = metadata.annotations?.[temperatureAnnotation];
  const share = (resource: string): string => {
    const of = amountOf(board?.status?.allocatable, resource);
    return of > 0 ? `${Math.round((amountOf(usage, resource) / of) * 100)}%` : '<unknown>';
  };
  return [
    ...[metadata.name, cpuText(amountOf(usage, 'cpu')), share('cpu')],
    ...[memoryText(amountOf(usage, 'memory')), share('memory')],
    degrees === undefined ? '<unknown>' : `${Number(degrees).toFixed(1)} °C`,
  ];
}

function printPods(pods: readonly Measured[], options: TopOptions): void {
  const { allNamespaces = false, containers = false, namespace } = options;
  if (pods.length > 0) return printRows(podRows(pods, { allNamespaces, containers }));
  const where = allNamespaces ? '' : ` in namespace ${namespace}`;
  process.stderr.write(`No pod that runs has been measured${where}.\n`);
}

export function podRows(
  pods: readonly Measured[],
  { allNamespaces, containers }: { readonly allNamespaces: boolean; readonly containers: boolean },
): string[][] {
  const place = ({ metadata }: Measured): string[] => [
    ...(allNamespaces ? [metadata.namespace ?? ''] : []),
    metadata.name,
  ];
  const rows = pods.flatMap((pod) =>
    containers
      ? containerRows(pod, place(pod))
      : [[...place(pod), cpuText(cpuOf(pod)), memoryText(memoryOf(pod))]],
  );
  const header = [...(allNamespaces ? ['NAMESPACE'] : []), 'NAME', ...(containers ? ['CONTAINER'] : [])];
  return [[...header, 'CPU', 'MEMORY'], ...rows];
}

function containerRows({ containers = [] }: Measured, place: readonly string[]): string[][] {
  return byProcessor(containers, ({ usage }) => amountOf(usage, 'cpu')).map(({ name, usage }) => [
    ...[...place, name],
    ...[cpuText(amountOf(usage, 'cpu')), memoryText(amountOf(usage, 'memory'))],
  ]);
}

function printRows(rows: readonly string[][]): void {
  print(alignedLines(rows).join('\n'));
}

function byProcessor<T>(items: readonly T[], cpu: (item: T) => number): T[] {
  return items.toSorted((one, other) => cpu(other) - cpu(one));
}

const cpuOf = (measured: Measured): number => sumOf(measured, 'cpu');
const memoryOf = (measured: Measured): number => sumOf(measured, 'memory');

function sumOf({ usage, containers = [] }: Measured, resource: string): number {
  const parts = [usage, ...containers.map((each) => each.usage)];
  return parts.reduce((sum, part) => sum + amountOf(part, resource), 0);
}

function amountOf(resources: Resources | undefined, resource: string): number {
  const text = resources?.[resource];
  return typeof text === 'string' && isQuantity(text) ? quantityToNumber(text) : 0;
}

/** Thousandths of a processor, as kubectl writes them. */
const cpuText = (cores: number): string => `${Math.ceil(cores * 1_000)}m`;
const memoryText = (bytes: number): string => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)}Mi`;
