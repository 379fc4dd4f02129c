import { getOwn, isObject, type JsonObject, maxJsonDepth, setOwn } from '../json.ts';
import { PatchError } from './error.ts';

/** RFC 7386 JSON Merge Patch, in a new object. Throws a PatchError where the patch is no object or nests too deep. */
export function jsonMergePatch(current: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch)) throw new PatchError('malformed', 'a merge patch must be a JSON object');
  return mergeObject(current, patch, 0);
}

function mergeObject(current: JsonObject, patch: JsonObject, depth: number): JsonObject {
  if (depth > maxJsonDepth) throw new PatchError('malformed', `the patch nests deeper than ${maxJsonDepth}`);
  const merged: Record<string, unknown> = { ...current };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, mergeValue(getOwn(current, key), value, depth));
  }
  return merged;
}

function mergeValue(current: unknown, value: unknown, depth: number): unknown {
  if (!isObject(value)) return value;
  return mergeObject(isObject(current) ? current : {}, value, depth + 1);
}
