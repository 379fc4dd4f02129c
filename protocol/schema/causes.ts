/** One wrong field, as `Status.details.causes` carries it and kubectl prints it: `field: message`. */
export interface Cause {
  readonly reason: CauseReason;
  readonly message: string;
  readonly field: string;
}

export type CauseReason =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid';

/** More helps nobody, and a hostile object could have as many as it has fields. */
export const maxCauses = 100;
const maxQuotedCharacters = 1_000;

/** Gathers causes, worded as Kubernetes' own API server words them; keeps the first `maxCauses`. */
export class Causes {
  readonly list: Cause[] = [];

  add(reason: CauseReason, field: string, message: string): void {
    if (this.list.length < maxCauses) this.list.push({ reason, message, field });
  }

  required(field: string, detail = ''): void {
    this.add('FieldValueRequired', field, withDetail('Required value', detail));
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.add('FieldValueInvalid', field, withDetail(`Invalid value: ${quoted(value)}`, detail));
  }

  /** One cause for each thing that is wrong with one value. */
  invalidEach(field: string, value: unknown, details: readonly string[]): void {
    for (const detail of details) this.invalid(field, value, detail);
  }

  /** `found` and `wanted` are JSON types. The value itself is left out, since it may be a secret put in the wrong place. */
  typeInvalid(field: string, found: string, wanted: string): void {
    const detail = `${field} in body must be of type ${wanted}: "${found}"`;
    this.add('FieldValueTypeInvalid', field, `Invalid value: "${found}": ${detail}`);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const detail = `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`;
    this.add('FieldValueNotSupported', field, withDetail(`Unsupported value: ${quoted(value)}`, detail));
  }

  duplicate(field: string, value: unknown): void {
    this.add('FieldValueDuplicate', field, `Duplicate value: ${quoted(value)}`);
  }

  notFound(field: string, value: unknown): void {
    this.add('FieldValueNotFound', field, `Not found: ${quoted(value)}`);
  }

  forbidden(field: string, detail: string): void {
    this.add('FieldValueForbidden', field, withDetail('Forbidden', detail));
  }

  tooLong(field: string, maxBytes: number): void {
    this.add('FieldValueTooLong', field, `Too long: may not be more than ${maxBytes} bytes`);
  }

  tooMany(field: string, count: number, max: number): void {
    this.add('FieldValueTooMany', field, `Too many: ${count}: must have at most ${max} items`);
  }
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value === undefined ? null : value);
  return text.length <= maxQuotedCharacters ? text : `${text.slice(0, maxQuotedCharacters)}…`;
}
