import type { Kind } from '../kinds.ts';
import { isObject, type JsonObject, setOwn } from './json.ts';
import { canonicalQuantity, isQuantity } from './quantity.ts';
import { type Field, type Message, messageOf, type Scalar, type Shape } from './table.ts';
import { microTimeText, parseTime, timeText } from './time.ts';

/**
 * A new object as Kubernetes would store it: without unknown fields, nulls and empty optional values, and with
 * quantities and times in their one canonical form, so that what is equal also compares equal.
 * Values of a wrong type stay as they are; `checkStructure` reports them.
 */
export function prune(kind: Kind, object: unknown): JsonObject {
  return pruneMessage(messageOf(kind.message), object);
}

/** The same for a message that is no kind of its own. Anything but an object becomes an empty one. */
export function pruneMessage(message: Message, value: unknown): JsonObject {
  return isObject(value) ? pruneFields(message, value) : {};
}

function pruneFields(message: Message, value: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = message.fields.get(key);
    if (!field || value[key] === null || value[key] === undefined) continue;
    const pruned = pruneShape(field.shape, value[key]);
    if (!isEmpty(field, pruned)) kept[key] = pruned;
  }
  return kept;
}

const emptyScalars: ReadonlySet<unknown> = new Set(['', 0, false]);

/**
 * Go's `omitempty`: an empty scalar means nothing unless its field is required or a pointer. Empty lists and maps never
 * mean anything else than absent ones, which is all that protobuf can say.
 */
function isEmpty(field: Field, value: unknown): boolean {
  if (field.shape.is === 'message') return false;
  if (field.shape.is === 'scalar') {
    return (
      !field.required && !field.pointer && field.shape.scalar !== 'intOrString' && emptyScalars.has(value)
    );
  }
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function pruneShape(shape: Shape, value: unknown): unknown {
  if (shape.is === 'scalar') return canonical(shape.scalar, value);
  if (shape.is === 'list')
    return Array.isArray(value) ? value.map((item) => pruneShape(shape.of, item)) : value;
  if (!isObject(value)) return value;
  return shape.is === 'message' ? pruneFields(shape.message, value) : pruneMap(shape.of, value);
}

function pruneMap(item: Shape, value: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    setOwn(kept, key, value[key] === null ? zeroOf(item) : pruneShape(item, value[key]));
  }
  return kept;
}

/** What Go makes of a null in a map. */
function zeroOf(shape: Shape): unknown {
  if (shape.is === 'list') return [];
  if (shape.is !== 'scalar') return {};
  return shape.scalar === 'quantity' ? '0' : '';
}

function canonical(scalar: Scalar, value: unknown): unknown {
  if (scalar === 'quantity') return quantityText(value);
  if (scalar === 'time' || scalar === 'microTime') return momentText(scalar, value);
  return value;
}

function quantityText(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  return isQuantity(String(value)) ? canonicalQuantity(String(value)) : value;
}

function momentText(scalar: 'time' | 'microTime', value: unknown): unknown {
  const moment = typeof value === 'string' ? parseTime(value) : undefined;
  if (!moment) return value;
  return scalar === 'time' ? timeText(moment) : microTimeText(moment);
}
