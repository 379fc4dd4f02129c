import { readFileSync } from 'node:fs';
import { errors } from '@bramble/protocol/errors.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { type Payload, payloads } from '@bramble/protocol/payloads.ts';
import { payloadTable, schemaFolder, schemaOf } from './mqtt.ts';

/** A page of docs/reference that is made from the source, so that it cannot say something else. */
export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const generatedNote = '<!-- Generated from the source: run `node_modules/.bin/node test/docs/main.ts`. -->';

export function generatedPages(): GeneratedPage[] {
  return [
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/limits.md', text: limitsPage() },
    { path: mqttPath, text: mqttPage() },
    ...schemaPages(),
  ];
}

const mqttPath = 'docs/reference/mqtt.md';

/** Written by hand, but for the tables between its marks. */
function mqttPage(): string {
  const text = readFileSync(new URL(`../../${mqttPath}`, import.meta.url), 'utf8');
  const forUsers = ({ from, to }: Payload): boolean =>
    [from, to].some((who) => who === 'user' || who === 'all');
  const withUsers = replaceMarked(text, 'users', payloadTable(forUsers));
  return replaceMarked(
    withUsers,
    'boards',
    payloadTable((payload) => !forUsers(payload)),
  );
}

function replaceMarked(text: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- generated: ${mark} -->`, '<!-- end of generated -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${mqttPath} lacks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

function schemaPages(): GeneratedPage[] {
  return payloads.flatMap((payload) => {
    const schema = schemaOf(payload);
    if (!schema) return [];
    return [
      { path: `${schemaFolder}/${payload.name}.json`, text: `${JSON.stringify(schema, undefined, 2)}\n` },
    ];
  });
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
  const comments = commentsOf(readFileSync(new URL('../../protocol/limits.ts', import.meta.url), 'utf8'));
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
