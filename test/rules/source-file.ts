import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../runner/test-files.ts';

/** One file of ours, as the rules read it. */
export interface SourceFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** `path:line: what is wrong and what to do`. */
export type Violation = string;

/** All TypeScript and launcher files of the project but generated ones. */
export function readSources(project: string): SourceFile[] {
  const isOurs = (path: string): boolean => /\.(ts|mts|mjs)$/.test(path) && !path.includes('.generated.');
  return listFiles(project, isOurs).map((path) => ({
    path,
    text: readFileSync(join(project, path), 'utf8'),
  }));
}

export function violation({ path, text }: SourceFile, offset: number, message: string): Violation {
  return `${path}:${text.slice(0, offset).split('\n').length}: ${message}`;
}

const commentsAndStrings =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** The text with comments blanked out, and strings too if asked, so that offsets and lines stay as they are. */
export function blank(text: string, what: 'comments' | 'comments and strings'): string {
  return text.replace(commentsAndStrings, (match) =>
    what === 'comments' && !match.startsWith('/') ? match : match.replace(/[^\n]/g, ' '),
  );
}

/** Tests, and the folders named testing/ that hold what several tests share. */
export function isForTests(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/') || path.includes('/testing/');
}
