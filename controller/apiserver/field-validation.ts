import { badRequest } from './status.ts';

/** At most this many fields are named; a hostile object could have as many as it has bytes. */
const maxNamed = 20;

/**
 * What becomes of fields that the kind does not have and of fields given twice (`fieldValidation`): an error with
 * `Strict`, warnings with `Warn` (the default), nothing with `Ignore`. Returns the warnings.
 */
export function judgeFields(
  mode: string | undefined,
  subject: { readonly kind: string; readonly version: string },
  unknownFields: readonly string[],
  duplicateFields: readonly string[],
): string[] {
  const faults = [
    ...unknownFields.map((field) => `unknown field "${field}"`),
    ...duplicateFields.map((field) => `duplicate field "${field}"`),
  ].slice(0, maxNamed);
  const strictness = modeOf(mode);
  if (strictness === 'Ignore') return [];
  if (strictness === 'Strict' && faults.length > 0) {
    const { kind, version } = subject;
    const where = `${kind} in version "${version}" cannot be handled as a ${kind}`;
    throw badRequest(`${where}: strict decoding error: ${faults.join(', ')}`);
  }
  return faults;
}

function modeOf(mode: string | undefined): 'Strict' | 'Warn' | 'Ignore' {
  if (mode === undefined || mode === '') return 'Warn';
  if (mode === 'Strict' || mode === 'Warn' || mode === 'Ignore') return mode;
  throw badRequest(`fieldValidation: ${JSON.stringify(mode)} is none of "Ignore", "Strict", "Warn"`);
}
