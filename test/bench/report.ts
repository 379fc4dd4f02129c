/** What a benchmark found, in Markdown on standard output; progress goes to standard error. `npm run bench` puts it into docs/benchmarks.md. */
export interface Report {
  readonly title: string;
  /** What is compared with what, in a sentence or two, with the load that was put on it. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether a target is met, what surprised, how far the figures can be trusted. */
  readonly notes?: readonly string[];
  /** What keeps it from being better today. */
  readonly limitedBy: string;
  /** What would be done about that first. */
  readonly next: string;
}

export function markdown(report: Report): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  const table = [line(report.columns), line(report.columns.map((_, index) => (index === 0 ? '---' : '--:')))];
  const notes = (report.notes ?? []).map((note) => `- ${note}`);
  return [
    `## ${report.title}`,
    report.about,
    [...table, ...report.rows.map(line)].join('\n'),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    `**Limited by:** ${report.limitedBy}`,
    `**Next:** ${report.next}`,
    '',
  ].join('\n\n');
}

/** A row of one table must stay one row. */
const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
