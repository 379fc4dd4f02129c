/** A body made into a value, or what is wrong with it and where. */
export type DecodedValue =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Paths of fields that one object names twice; the last one counts. */
      readonly duplicateFields: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** More are not told: the first few say enough. */
export const maxDuplicates = 20;

/** `spec.containers[0].image` */
export function joinPath(parts: readonly (string | number)[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === 'number') return `${path}[${part}]`;
    return path === '' ? part : `${path}.${part}`;
  }, '');
}
