import type { Result } from '@bramble/protocol/messages/results.ts';

/** Something that was refused, and where it stands in the text. */
export interface Problem {
  /** Such as `spec.containers[0].image`; empty where it is about all of a document. */
  readonly field: string;
  readonly message: string;
  /** From 1; `undefined` where the text does not show it. */
  readonly line: number | undefined;
}

interface Cause {
  readonly field?: string;
  readonly message?: string;
}

/** How to find a field of a document in the text: its line, or that of what would hold it. */
export type LineOf = (document: number, path: readonly (string | number)[]) => number | undefined;

/** One problem for each cause of what was refused, at its line. */
export function problemsOf({ items }: Pick<Result, 'items'>, lineOf: LineOf): Problem[] {
  return items.flatMap((item, document) => {
    if ('action' in item) return [];
    const { message, details } = item as { message?: string; details?: { causes?: readonly Cause[] } };
    const causes = (details?.causes ?? []).filter(({ field }) => field);
    if (causes.length === 0)
      return [{ field: '', message: message ?? 'refused', line: lineIn(message) ?? lineOf(document, []) }];
    return causes.map(({ field = '', message: why = '' }) => ({
      field,
      message: why,
      line: lineOf(document, parsePath(field)),
    }));
  });
}

/** `spec.containers[0].ports[1].name` and `metadata.labels[app/x]` */
export function parsePath(field: string): (string | number)[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, index, name]) => {
    if (name !== undefined) return name;
    return /^\d+$/.test(index ?? '') ? Number(index) : (index ?? '');
  });
}

/** `… at line 3, column 5`: what a YAML reader says. */
function lineIn(message = ''): number | undefined {
  const [, line] = /\bline (\d+)/.exec(message) ?? [];
  return line === undefined ? undefined : Number(line);
}
