import type { Kind } from '../kinds.ts';
import { type Cause, Causes, maxCauses } from './causes.ts';
import { isObject, type JsonObject } from './json.ts';
import { isQuantity, quantityRule } from './quantity.ts';
import { type Message, messageOf, type Scalar, type Shape } from './table.ts';
import { parseTime } from './time.ts';

export interface StructureReport {
  readonly causes: readonly Cause[];
  /** Paths that the kind does not have, as `unknown field "spec.foo"` names them; the first hundred. */
  readonly unknownFields: readonly string[];
}

/**
 * Types, shapes and formats of every field; what they mean is `validateObject`'s matter. Any JSON value may come in.
 * The walk follows the table, so its depth is the table's and its cost is linear in the object.
 */
export function checkStructure(kind: Kind, object: unknown): StructureReport {
  return checkMessage(messageOf(kind.message), object);
}

/** The same for a message that is no kind of its own, such as `meta.v1.DeleteOptions`. */
export function checkMessage(message: Message, value: unknown): StructureReport {
  const walk: Walk = { path: [], causes: new Causes(), unknownFields: [] };
  if (isObject(value)) checkFields(walk, message, value);
  else walk.causes.typeInvalid('', jsonTypeOf(value), 'object');
  return { causes: walk.causes.list, unknownFields: walk.unknownFields };
}

/** The path is kept as parts and made into text only when something is wrong. */
interface Walk {
  readonly path: (string | number)[];
  readonly causes: Causes;
  readonly unknownFields: string[];
}

function checkFields(walk: Walk, message: Message, value: JsonObject): void {
  for (const key of Object.keys(value)) {
    walk.path.push(key);
    const field = message.fields.get(key);
    if (field) checkShape(walk, field.shape, value[key]);
    else if (walk.unknownFields.length < maxCauses) walk.unknownFields.push(pathText(walk.path));
    walk.path.pop();
  }
}

/** `null` counts as absent, as it does in Go; only as an item of a list has it no meaning. */
function checkShape(walk: Walk, shape: Shape, value: unknown): void {
  if (value === null || value === undefined) return;
  if (shape.is === 'scalar') checkScalar(walk, shape.scalar, value);
  else if (shape.is === 'list') checkList(walk, shape.of, value);
  else if (!isObject(value)) typeInvalid(walk, value, 'object');
  else if (shape.is === 'message') checkFields(walk, shape.message, value);
  else checkMap(walk, shape.of, value);
}

function checkList(walk: Walk, item: Shape, value: unknown): void {
  if (!Array.isArray(value)) {
    typeInvalid(walk, value, 'array');
    return;
  }
  for (let at = 0; at < value.length; at += 1) {
    walk.path.push(at);
    if (value[at] === null) typeInvalid(walk, null, item.is === 'scalar' ? jsonNames[item.scalar] : 'object');
    else checkShape(walk, item, value[at]);
    walk.path.pop();
  }
}

function checkMap(walk: Walk, item: Shape, value: JsonObject): void {
  for (const key of Object.keys(value)) {
    walk.path.push(`[${key}]`);
    checkShape(walk, item, value[key]);
    walk.path.pop();
  }
}

/** What CRD validation calls each type. */
const jsonNames: Readonly<Record<Scalar, string>> = {
  string: 'string',
  boolean: 'boolean',
  int32: 'integer',
  int64: 'integer',
  double: 'number',
  bytes: 'string',
  quantity: 'string',
  time: 'date-time',
  microTime: 'date-time',
  intOrString: 'integer,string',
  any: 'object',
};

function checkScalar(walk: Walk, scalar: Scalar, value: unknown): void {
  const wrong = scalarChecks[scalar](value);
  if (wrong === 'type') typeInvalid(walk, value, jsonNames[scalar]);
  else if (wrong !== undefined) walk.causes.invalid(pathText(walk.path), shown(scalar, value), wrong);
}

/** The contents of a Secret are bytes: they are never repeated in an error. */
function shown(scalar: Scalar, value: unknown): unknown {
  return scalar === 'bytes' ? '<contents omitted>' : value;
}

/** `'type'`, or what is wrong with a value of the right type. */
const scalarChecks: Readonly<Record<Scalar, (value: unknown) => string | undefined>> = {
  string: (value) => (typeof value === 'string' ? undefined : 'type'),
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'type'),
  int32: (value) => integer(value, 2 ** 31 - 1, 'int32'),
  int64: (value) => integer(value, 2 ** 63, 'int64'),
  double: (value) => (typeof value === 'number' ? undefined : 'type'),
  bytes: (value) => (typeof value === 'string' ? base64Fault(value) : 'type'),
  quantity: quantityFault,
  time: timeFault,
  microTime: timeFault,
  intOrString: (value) => (typeof value === 'string' ? undefined : integer(value, 2 ** 31 - 1, 'int32')),
  any: () => undefined,
};

function integer(value: unknown, max: number, type: string): string | undefined {
  if (!Number.isInteger(value)) return 'type';
  const fits = (value as number) <= max && (value as number) >= -max - 1;
  return fits ? undefined : `must fit into ${type}`;
}

function quantityFault(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return 'type';
  return isQuantity(String(value)) ? undefined : quantityRule;
}

function timeFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'type';
  return parseTime(value)
    ? undefined
    : 'must be a date and time as RFC 3339 writes it, such as 2006-01-02T15:04:05Z';
}

/** Standard base64 with padding; line breaks are passed over, as Go's decoder does. */
function base64Fault(text: string): string | undefined {
  const plain = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text;
  const good = plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
  return good ? undefined : 'illegal base64 data';
}

function typeInvalid(walk: Walk, value: unknown, wanted: string): void {
  walk.causes.typeInvalid(pathText(walk.path), jsonTypeOf(value), wanted);
}

function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function pathText(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (text === '' || part.startsWith('[')) text += part;
    else text += `.${part}`;
  }
  return text;
}
