import { readFileSync } from 'node:fs';
import { errors } from '@bramble/protocol/errors.ts';
import { limits } from '@bramble/protocol/limits.ts';

/** A page of docs/reference that is made from the source, so that it cannot say something else. */
export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const generatedNote = '<!-- Generated from the source: run `node_modules/.bin/node test/docs-main.ts`. -->';

export function generatedPages(): GeneratedPage[] {
  return [
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/limits.md', text: limitsPage() },
  ];
}

function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, { meaning, cure }]) => `| \`${code}\` | ${meaning} | ${cure} |`,
  );
  return page('Error codes', 'What Bramble’s own errors mean, and what to do.', [
    '| code | meaning | cure |',
    '|---|---|---|',
    ...rows,
  ]);
}

function limitsPage(): string {
  const comments = commentsOf(readFileSync(new URL('../protocol/limits.ts', import.meta.url), 'utf8'));
  const rows = Object.entries(limits).map(
    ([name, value]) => `| \`${name}\` | ${value.toLocaleString('en')} | ${comments.get(name) ?? ''} |`,
  );
  return page('Limits', 'Every bound, with its unit at the end of its name.', [
    '| limit | value | what it bounds |',
    '|---|---:|---|',
    ...rows,
  ]);
}

function page(title: string, about: string, lines: readonly string[]): string {
  return `${[`# ${title}`, '', generatedNote, '', about, '', ...lines].join('\n')}\n`;
}

/** The one-line doc comment that stands above each limit. */
function commentsOf(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, comment = '', name = ''] of source.matchAll(/\/\*\* ([^*]*) \*\/\s+(\w+):/g))
    found.set(name, comment);
  return found;
}
