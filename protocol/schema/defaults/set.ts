import { isObject, type JsonObject } from '../json.ts';

/** The object with values for those fields that it lacks. The same object where it lacks none. */
export function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  const missing = Object.keys(defaults).filter((key) => object[key] === undefined || object[key] === null);
  if (missing.length === 0) return object;
  const filled: Record<string, unknown> = { ...object };
  for (const key of missing) filled[key] = defaults[key];
  return filled;
}

/** The object with its part at `key` changed, if that part is an object. */
export function changePart(
  object: JsonObject,
  key: string,
  change: (part: JsonObject) => JsonObject,
): JsonObject {
  const part = object[key];
  return isObject(part) ? { ...object, [key]: change(part) } : object;
}

/** The object with every item of its list at `key` changed, if there is such a list. */
export function changeItems(
  object: JsonObject,
  key: string,
  change: (item: JsonObject) => JsonObject,
): JsonObject {
  const items = object[key];
  if (!Array.isArray(items)) return object;
  return { ...object, [key]: items.map((item) => (isObject(item) ? change(item) : item)) };
}
