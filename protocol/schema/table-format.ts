/**
 * What `table.generated.json` holds. A type is a scalar's name or a message's, behind `[]` for each list and `{}`
 * for each map around it: `[]core.v1.Container`, `{}quantity`, `{}[]string`.
 */
export interface TableFormat {
  readonly messages: Readonly<Record<string, MessageFormat>>;
}

export interface MessageFormat {
  /** The kind that this message is as a whole object. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly fields: Readonly<Record<string, FieldFormat>>;
}

/** Wire number (0: not on the wire; `'2.7'`: field 7 of the message embedded as field 2), type, and the rest. */
export type FieldFormat = readonly [number | string, string, FieldExtras?];

export interface FieldExtras {
  /** Required. */
  readonly r?: 1;
  /** An explicit zero on the wire is a value, not absence. */
  readonly p?: 1;
  /** Merge key of a strategic merge patch. */
  readonly m?: string;
  /** Patch strategy: `merge`, `replace`, `retainKeys`, comma-separated. */
  readonly s?: string;
  /** List type (`atomic`, `set`, `map`) or map type (`atomic`). */
  readonly t?: string;
  /** Keys of a list of type `map`. */
  readonly k?: readonly string[];
  /** Default in the OpenAPI document. */
  readonly d?: unknown;
}

export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'quantity'
  | 'time'
  | 'microTime'
  | 'intOrString'
  | 'any';
