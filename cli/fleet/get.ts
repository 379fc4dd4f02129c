import type { FleetClient } from './client.ts';
import type { AnyObject, ListOf } from './objects.ts';
import { formatted, isWholeOutput, type OutputFormat, type WholeFormat } from './output.ts';
import { type Named, parseResources, pathOf } from './resources.ts';
import { print, untilInterrupted } from './run.ts';
import { type Table, tableLines } from './table.ts';

export interface GetOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output: OutputFormat;
  readonly watch?: boolean;
  readonly header: boolean;
}

const tableAccept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
/** Objects to a page: whole ones of some kilobytes fit a message of 1.5 MiB, rows are shorter. */
const pages = { objects: 100, rows: 500 };

/** Prints objects, as kubectl would. */
export async function get(client: FleetClient, words: readonly string[], options: GetOptions): Promise<void> {
  const resources = parseResources(words);
  if (options.watch) return watchTable(client, resources, options);
  const { output } = options;
  if (isWholeOutput(output)) return print(await wholeText(client, resources, options, output));
  await printTables(client, resources, options);
}

async function wholeText(
  client: FleetClient,
  resources: readonly Named[],
  options: GetOptions,
  output: WholeFormat,
): Promise<string> {
  const found: AnyObject[] = [];
  for (const resource of resources) {
    const path = (query?: URLSearchParams) => pathOf(resource, placeOf(options), query);
    if (resource.name !== undefined) found.push(await client.read<AnyObject>({ path: path() }));
    else found.push(...(await listAll(client, resource, options)));
  }
  const single = resources.length === 1 && resources[0]?.name !== undefined;
  return formatted(found, output, single);
}

/** All pages of a list. Items of a list do not say what they are: that is added. */
export async function listAll(
  client: FleetClient,
  resource: Named,
  options: Pick<GetOptions, 'namespace' | 'allNamespaces' | 'selector' | 'fieldSelector'>,
): Promise<AnyObject[]> {
  const found: AnyObject[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const path = pathOf(resource, placeOf(options), queryOf(options, pages.objects, next));
    const list: ListOf<AnyObject> = await client.read<ListOf<AnyObject>>({ path });
    found.push(...list.items);
    next = list.metadata?.continue || undefined;
  }
  return found;
}

async function printTables(
  client: FleetClient,
  resources: readonly Named[],
  options: GetOptions,
): Promise<void> {
  const several = new Set(resources.map(({ kind }) => kind)).size > 1;
  const blocks: string[] = [];
  for (const group of groupByKind(resources)) {
    const table = await tableOf(client, group, options);
    const [first] = group;
    if (!first || table.rows.length === 0) continue;
    const prefix = several ? `${first.kind.singular}${first.kind.group ? `.${first.kind.group}` : ''}/` : '';
    blocks.push(tableLines(table, { ...wishesOf(first, options), prefix }).join('\n'));
  }
  if (blocks.length > 0) return print(blocks.join('\n\n'));
  const where = options.allNamespaces ? '' : ` in ${options.namespace} namespace`;
  const namespaced = resources.some(({ kind }) => kind.namespaced);
  process.stderr.write(`No resources found${namespaced ? where : ''}.\n`);
}

function groupByKind(resources: readonly Named[]): Named[][] {
  return [...Map.groupBy(resources, ({ kind }) => kind).values()];
}

async function tableOf(client: FleetClient, group: readonly Named[], options: GetOptions): Promise<Table> {
  const tables: Table[] = [];
  for (const resource of group) {
    let next: string | undefined = '';
    while (next !== undefined) {
      const query = resource.name === undefined ? queryOf(options, pages.rows, next) : undefined;
      const path = pathOf(resource, placeOf(options), query);
      const table: Table = await client.read<Table>({ path, accept: tableAccept });
      tables.push(table);
      next = table.metadata?.continue || undefined;
    }
  }
  const [{ columnDefinitions } = { columnDefinitions: [] }] = tables;
  return { columnDefinitions, rows: tables.flatMap(({ rows }) => rows) };
}

/** First what is there, then a row for each change, until Ctrl-C. */
async function watchTable(
  client: FleetClient,
  resources: readonly Named[],
  options: GetOptions,
): Promise<void> {
  const [resource, ...more] = resources;
  if (!resource || more.length > 0) throw new Error('--watch takes one kind, or one object');
  const query = queryOf(options, undefined, '');
  query.set('watch', 'true');
  if (resource.name !== undefined) query.set('fieldSelector', `metadata.name=${resource.name}`);
  const path = pathOf({ ...resource, name: undefined }, placeOf(options), query);
  let columns: Table['columnDefinitions'] = [];
  let header = options.header;
  let rest = '';
  const onText = async (text: string): Promise<void> => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: Table & { message?: string } };
      if (type === 'ERROR') throw new Error(object.message ?? 'the watch ended');
      if (type === 'BOOKMARK') continue;
      if (object.columnDefinitions?.length) columns = object.columnDefinitions;
      const wishes = { ...wishesOf(resource, options), withoutHeader: !header };
      print(tableLines({ columnDefinitions: columns, rows: object.rows }, wishes).join('\n'));
      header = false;
    }
  };
  await client.stream({ path, accept: tableAccept }, onText, untilInterrupted());
}

function wishesOf({ kind }: Named, options: GetOptions) {
  return {
    wide: options.output === 'wide',
    namespaces: options.allNamespaces === true && kind.namespaced,
    withoutHeader: !options.header,
  };
}

function placeOf({ namespace, allNamespaces }: Pick<GetOptions, 'namespace' | 'allNamespaces'>) {
  return { namespace: allNamespaces ? undefined : namespace };
}

function queryOf(
  { selector, fieldSelector }: Pick<GetOptions, 'selector' | 'fieldSelector'>,
  limit: number | undefined,
  next: string,
): URLSearchParams {
  const query = new URLSearchParams();
  if (limit !== undefined) query.set('limit', `${limit}`);
  if (next !== '') query.set('continue', next);
  if (selector) query.set('labelSelector', selector);
  if (fieldSelector) query.set('fieldSelector', fieldSelector);
  return query;
}
