import { isObject, type JsonObject } from '../json.ts';
import { unknownDirective, withoutDirective } from './directive.ts';
import { PatchError } from './error.ts';

export interface ListPatch {
  readonly items: readonly unknown[];
  /** Whether the patch has the list itself, and not only directives for it. */
  readonly replaces: boolean;
  readonly order: readonly unknown[] | undefined;
  readonly deletions: readonly unknown[] | undefined;
}

export interface ListRules {
  /** Absent for a list of scalars, whose items are their own keys. */
  readonly mergeKey: string | undefined;
  /** Merges a patch for one item into that item. */
  readonly merge: (base: JsonObject, item: JsonObject) => JsonObject;
}

/** A list that a patch replaces: its items without nulls and directives. */
export function replacedList(rules: ListRules, items: readonly unknown[]): unknown[] {
  const kept = items.filter((item) => !isObject(item) || item.$patch === undefined);
  return kept.map((item) => (isObject(item) ? rules.merge({}, item) : item));
}

/** A list that merges by key: deletions, then changes and additions, then the order that the patch asks for. */
export function mergeList(rules: ListRules, current: readonly unknown[], patch: ListPatch): unknown[] {
  const { items } = patch;
  if (items.some((item) => isObject(item) && item.$patch === 'replace')) {
    return replacedList(rules, items);
  }
  const server = serverKeys(rules, current);
  const merged = new Map<string, unknown>(server.map((key, at) => [key, current[at]]));
  for (const item of patch.deletions ?? []) merged.delete(keyOf(rules, item));
  for (const item of items) mergeItem(rules, merged, item);
  const order = (patch.order ?? items).map((item) => keyOf(rules, item));
  return ordered([...merged.keys()], order, server).map((key) => merged.get(key));
}

function mergeItem(rules: ListRules, merged: Map<string, unknown>, item: unknown): void {
  const key = keyOf(rules, item);
  if (!isObject(item)) {
    merged.set(key, item);
    return;
  }
  if (item.$patch === 'delete') {
    merged.delete(key);
    return;
  }
  if (item.$patch !== undefined && item.$patch !== 'merge') throw unknownDirective(item.$patch);
  const old = merged.get(key);
  const base: JsonObject = isObject(old) ? old : {};
  merged.set(key, rules.merge(base, withoutDirective(item)));
}

/**
 * Keys of what the server holds. Two items may share one (a port under TCP and UDP): a patch means the first, and the
 * others must not be lost.
 */
function serverKeys(rules: ListRules, current: readonly unknown[]): string[] {
  const seen = new Set<string>();
  return current.map((item, at) => {
    const key = optionalKeyOf(rules, item) ?? '';
    if (key === '' || seen.has(key)) return `position ${at}`;
    seen.add(key);
    return key;
  });
}

function keyOf(rules: ListRules, item: unknown): string {
  const key = optionalKeyOf(rules, item);
  if (key !== undefined) return key;
  throw new PatchError(
    'malformed',
    `an item of a list does not contain declared merge key: ${rules.mergeKey}`,
  );
}

function optionalKeyOf({ mergeKey }: ListRules, item: unknown): string | undefined {
  if (mergeKey === undefined) return JSON.stringify(item);
  const key = isObject(item) ? item[mergeKey] : undefined;
  return key === undefined || key === null ? undefined : `key ${JSON.stringify(key)}`;
}

/**
 * What the patch orders comes in its order; what only the server has stays where it was relative to that.
 * Where the server's order says nothing of a pair, the server's own item goes first.
 */
function ordered(keys: readonly string[], order: readonly string[], server: readonly string[]): string[] {
  const wanted = new Map(order.map((key, at) => [key, at]));
  const place = new Map(server.map((key, at) => [key, at]));
  const byPatch = keys.filter((key) => wanted.has(key));
  byPatch.sort((left, right) => (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0));
  const byServer = keys.filter((key) => !wanted.has(key));
  const result: string[] = [];
  let fromPatch = 0;
  for (const key of byServer) {
    while (fromPatch < byPatch.length && goesBefore(place, byPatch[fromPatch], key)) {
      result.push(byPatch[fromPatch++] ?? '');
    }
    result.push(key);
  }
  return [...result, ...byPatch.slice(fromPatch)];
}

function goesBefore(place: ReadonlyMap<string, number>, left: string | undefined, right: string): boolean {
  const leftAt = place.get(left ?? '');
  const rightAt = place.get(right);
  return leftAt !== undefined && rightAt !== undefined && leftAt < rightAt;
}
