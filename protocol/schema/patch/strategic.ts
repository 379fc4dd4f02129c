import type { Kind } from '../../kinds.ts';
import { getOwn, isObject, type JsonObject, maxJsonDepth, setOwn } from '../json.ts';
import { type Field, type Message, messageOf, type Shape } from '../table.ts';
import { unknownDirective, withoutDirective } from './directive.ts';
import { PatchError } from './error.ts';
import { type ListPatch, type ListRules, mergeList, replacedList } from './strategic-list.ts';

/**
 * Kubernetes' strategic merge patch in a new object: lists merge by the keys that the table names, and the
 * directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are followed.
 * Throws a PatchError.
 */
export function strategicMerge(kind: Kind, current: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch)) throw new PatchError('malformed', 'a strategic merge patch must be a JSON object');
  return mergeObject(messageOf(kind.message), current, patch, 0);
}

const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** Fields without a message (labels, unknown fields) merge key by key. */
function mergeObject(
  message: Message | undefined,
  current: JsonObject,
  patch: JsonObject,
  depth: number,
): JsonObject {
  if (depth > maxJsonDepth) throw new PatchError('malformed', `the patch nests deeper than ${maxJsonDepth}`);
  const directive = patch.$patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return mergeObject(message, {}, withoutDirective(patch), depth);
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive);
  const merged: Record<string, unknown> = retained(current, patch);
  for (const key of plainKeys(patch)) {
    const value = mergeField(message?.fields.get(key), getOwn(merged, key), key, patch, depth);
    if (value === undefined || value === null) delete merged[key];
    else setOwn(merged, key, value);
  }
  return merged;
}

/** The keys that a patch speaks of, those that it only reorders or deletes from included. */
function plainKeys(patch: JsonObject): Set<string> {
  const keys = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (key === '$patch' || key === '$retainKeys') continue;
    const prefix = [orderPrefix, deletePrefix].find((directive) => key.startsWith(directive));
    keys.add(prefix ? key.slice(prefix.length) : key);
  }
  return keys;
}

function mergeField(
  field: Field | undefined,
  current: unknown,
  key: string,
  patch: JsonObject,
  depth: number,
): unknown {
  const value = getOwn(patch, key);
  const order = listDirective(patch, orderPrefix + key);
  const deletions = listDirective(patch, deletePrefix + key);
  if (value === null) return undefined;
  if (Array.isArray(value) || (value === undefined && (order || deletions))) {
    return mergeListField(
      field,
      current,
      { items: (value ?? []) as unknown[], replaces: value !== undefined, order, deletions },
      depth,
    );
  }
  if (!isObject(value)) return value;
  const replaces = field?.patchStrategies.includes('replace');
  return mergeObject(
    messageIn(field?.shape),
    isObject(current) && !replaces ? current : {},
    value,
    depth + 1,
  );
}

function mergeListField(
  field: Field | undefined,
  current: unknown,
  patch: ListPatch,
  depth: number,
): unknown {
  const message = messageIn(field?.shape);
  const old = Array.isArray(current) ? current : undefined;
  const rules: ListRules = {
    mergeKey: field?.mergeKey,
    merge: (base, item) => mergeObject(message, base, item, depth + 1),
  };
  if (!field?.patchStrategies.includes('merge')) {
    return patch.replaces ? replacedList(rules, patch.items) : current;
  }
  if (!old && patch.items.length === 0) return undefined;
  return mergeList(rules, old ?? [], patch);
}

function listDirective(patch: JsonObject, key: string): readonly unknown[] | undefined {
  const value = getOwn(patch, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new PatchError('malformed', `${key} must be a list`);
  return value;
}

/** `$retainKeys` names all fields that may stay: one of a union pushes the others out. */
function retained(current: JsonObject, patch: JsonObject): Record<string, unknown> {
  const listed = listDirective(patch, '$retainKeys');
  if (!listed) return { ...current };
  const keys = new Set(listed);
  return Object.fromEntries(Object.entries(current).filter(([key]) => keys.has(key)));
}

function messageIn(shape: Shape | undefined): Message | undefined {
  if (!shape || shape.is === 'scalar') return undefined;
  return shape.is === 'message' ? shape.message : messageIn(shape.of);
}
