import type { LineCounter, YAMLParseError } from 'yaml';

const shownCharacters = 80;

/** What is wrong, where, and the line itself with a mark below the place. */
export function describeYamlFault(
  { message, pos }: YAMLParseError,
  text: string,
  lines: LineCounter,
): string {
  const [at] = pos;
  const { line, col } = lines.linePos(at);
  if (line === 0) return message;
  const where = `${message} at line ${line}, column ${col}`;
  const start = Math.max(at - col + 1, at - shownCharacters / 2);
  const [shown = ''] = text.slice(start, start + shownCharacters).split(/[\r\n]/, 1);
  return shown.trim() === '' ? where : `${where}:\n\n${shown}\n${' '.repeat(at - start)}^`;
}
