import { badRequest, invalid } from './status.ts';

export type Options = Readonly<Record<string, string>>;

/** Of an option given twice the first counts, as in Go. */
export function optionsOf(query: URLSearchParams): Options {
  const options: Record<string, string> = Object.create(null);
  for (const [name, value] of query) options[name] ??= value;
  return options;
}

/** Go's strconv.ParseBool, and an empty value for yes, as in `?watch`. */
export function flag(options: Options, name: string): boolean | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw badRequest(`${name}: ${JSON.stringify(text)} is neither true nor false`);
}

/** A whole number; an absent or empty option is `undefined`. */
export function integer(options: Options, name: string): number | undefined {
  const text = options[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(`${name}: ${JSON.stringify(text)} is not a whole number`);
}

/** A revision that a request names: `undefined` for none, 0 for "any will do". */
export function revisionOption(options: Options, kindName: string): number | undefined {
  const text = options['resourceVersion'];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const message = `Invalid value: ${JSON.stringify(text)}: must be a resourceVersion that this server has given`;
  throw invalid(kindName, '', [{ reason: 'FieldValueInvalid', message, field: 'resourceVersion' }]);
}

/** `dryRun=All`: everything but the write. Any other value is an error, as in Kubernetes. */
export function isDryRun(options: Options): boolean {
  const value = options['dryRun'];
  if (value === undefined || value === '') return false;
  if (value === 'All') return true;
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`;
  throw invalid('CreateOptions.meta.k8s.io', '', [
    { reason: 'FieldValueNotSupported', message, field: 'dryRun' },
  ]);
}
