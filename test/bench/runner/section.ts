/** What is wrong with the Markdown that a benchmark printed; empty when it is one section as report.ts makes them. */
export function faultsOf(markdown: string): string[] {
  const lines = markdown.trim().split('\n');
  const rows = lines.filter((line) => line.startsWith('| '));
  const widths = new Set(rows.map((line) => line.replaceAll('\\|', '').split('|').length));
  const demands: readonly (readonly [boolean, string])[] = [
    [lines[0]?.startsWith('## ') === true, 'it does not begin with a heading ## of its own'],
    [lines.filter((line) => line.startsWith('## ')).length < 2, 'it has more than one heading ##'],
    [rows.length >= 3, 'its table has no rows'],
    [widths.size <= 1, 'rows of its table are of different lengths'],
    [!rows.slice(2).some((row) => /\b(NaN|Infinity|undefined)\b/.test(row)), 'its table has a NaN'],
    [lines.some((line) => /^\*\*Limited by:\*\* \S/.test(line)), 'it does not say what limits it'],
    [lines.some((line) => /^\*\*Next:\*\* \S/.test(line)), 'it does not say what would be next'],
  ];
  return demands.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}
