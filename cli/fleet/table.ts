/** `kind: Table` (meta/v1), as far as it is printed. */
export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows: readonly TableRow[];
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: { readonly metadata?: { readonly namespace?: string } };
}

export interface TableWishes {
  /** Columns that only `-o wide` shows. */
  readonly wide: boolean;
  /** A first column with each row's namespace. */
  readonly namespaces: boolean;
  /** Absent: the first row is a header. */
  readonly withoutHeader?: boolean;
  /** What stands before each name, such as `pod/`, where several kinds are shown. */
  readonly prefix?: string;
}

const gap = '   ';

/** Lines as kubectl prints them: columns as wide as their longest cell, three spaces between. */
export function tableLines(table: Pick<Table, 'columnDefinitions' | 'rows'>, wishes: TableWishes): string[] {
  const shown = table.columnDefinitions
    .map(({ priority = 0 }, at) => ({ priority, at }))
    .filter(({ priority }) => wishes.wide || priority === 0)
    .map(({ at }) => at);
  const header = shown.map((at) => (table.columnDefinitions[at]?.name ?? '').toUpperCase());
  const rows = table.rows.map((row) => {
    const cells = shown.map((at) => `${at === 0 ? (wishes.prefix ?? '') : ''}${cellText(row.cells[at])}`);
    return wishes.namespaces ? [row.object?.metadata?.namespace ?? '', ...cells] : cells;
  });
  const first = wishes.namespaces ? ['NAMESPACE', ...header] : header;
  return alignedLines(wishes.withoutHeader ? rows : [first, ...rows]);
}

/** Columns side by side, none wider than it must be. */
export function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

/** One line of a terminal for each row, whatever is in a cell. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '<none>';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return String(cell).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
