import { dirname } from 'node:path';
import { homesOf } from './imports.ts';
import { blank, isForTests, type SourceFile, type Violation, violation } from './source-file.ts';
import { edgeFolders, programAdapters } from './tables.ts';

/** One habit of the house, as a pattern that must not occur. */
export interface StyleRule {
  readonly name: string;
  /** What is searched: everything, or what is left without comments and strings. */
  readonly where: 'text' | 'code';
  readonly pattern: RegExp;
  readonly message: string;
  readonly appliesTo: (path: string) => boolean;
}

const everywhere = (): boolean => true;
const topFolder = (path: string): string => path.split('/', 1)[0] ?? '';

export const styleRules: readonly StyleRule[] = [
  {
    name: 'default export',
    where: 'code',
    pattern: /^\s*export\s+default\b|\bas\s+default\b\s*[,}]/gm,
    message: 'name the export: default exports get a new name in every file',
    appliesTo: everywhere,
  },
  {
    name: 'postponed work',
    where: 'text',
    // Spelt so that this line does not match itself.
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/g,
    message: 'do it or file an issue',
    appliesTo: everywhere,
  },
  {
    name: 'ignored lint without a reason',
    where: 'text',
    pattern: /(?:biome-ign[o]re[^\n:]*(?::\s*.{0,9}$|$)|@ts-(?:ignore|nocheck)\b)/gm,
    message: 'say why the rule does not fit here: `biome-ign' + 'ore lint/…: reason`',
    appliesTo: everywhere,
  },
  {
    name: 'mutable module state',
    where: 'code',
    pattern: /^(?:export\s+)?(?:let|var)\s/gm,
    message: 'keep state in an actor or an object that is handed on',
    appliesTo: (path) => !isForTests(path),
  },
  {
    name: 'console',
    where: 'code',
    pattern: /\bconsole\.\w+/g,
    message: 'log through the Host',
    appliesTo: (path) => !['cli', 'setup', 'firmware-scripts'].includes(topFolder(path)) && !isForTests(path),
  },
];

/** Time, chance and environment, which reach our decisions only through the Host: else a simulation could not replay them. */
export const effectRule: StyleRule = {
  name: 'effect outside the edge',
  where: 'code',
  pattern:
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.env\b|\bperformance\.now\b/g,
  message: 'take time, chance and environment from the Host (actors/host.ts)',
  appliesTo: (path) =>
    !edgeFolders.includes(topFolder(path)) && !isForTests(path) && !path.endsWith('/main.ts'),
};

export function checkPattern(rule: StyleRule, file: SourceFile): Violation[] {
  if (!rule.appliesTo(file.path)) return [];
  const searched = rule.where === 'text' ? file.text : blank(file.text, 'comments and strings');
  return [...searched.matchAll(rule.pattern)].map((match) =>
    violation(
      file,
      match.index + Math.max(0, match[0].search(/\S/)),
      `\`${match[0].trim()}\`: ${rule.message}`,
    ),
  );
}

/** The effect rule, for every file but those in adapter folders: programs' and one-home libraries'. */
export function checkEffects(files: readonly SourceFile[]): Violation[] {
  const adapterFolders = new Set([
    ...programAdapters,
    ...[...homesOf(files).values()].flatMap((folders) => [...folders]),
  ]);
  return files
    .filter(({ path }) => !adapterFolders.has(dirname(path)))
    .flatMap((file) => checkPattern(effectRule, file));
}

const longestFileLines = 350;

export function checkNameAndLength(file: SourceFile): Violation[] {
  const lines = file.text.trimEnd().split('\n').length;
  const isVague = /(^|\/)(utils?|helpers?|misc)\.\w+$/.test(file.path);
  return [
    ...(isVague ? [`${file.path}:1: name the file after the one thing it is about`] : []),
    ...(lines > longestFileLines
      ? [`${file.path}:${lines}: ${lines} lines; more than ${longestFileLines} hold more than one idea`]
      : []),
  ];
}
