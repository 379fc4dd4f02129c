import { isObject, type JsonObject, jsonEqual, maxJsonDepth, setOwn } from '../json.ts';
import { PatchError } from './error.ts';
import { indexIn, missing, parsePointer, pointerText, readAt } from './pointer.ts';

/** As many as Kubernetes takes in one patch. */
const maxOperations = 10_000;
/** Characters of JSON that `copy` may add in all: a few dozen copies of copies would fill any memory. */
const maxCopiedCharacters = 3_145_728;

/** RFC 6902 JSON Patch, in a new object. All operations take effect, or none and a PatchError says which failed. */
export function jsonPatch(current: JsonObject, operations: unknown): JsonObject {
  if (!Array.isArray(operations))
    throw new PatchError('malformed', 'a JSON patch must be a list of operations');
  if (operations.length > maxOperations) {
    throw new PatchError(
      'malformed',
      `a JSON patch may have ${maxOperations} operations, and has ${operations.length}`,
    );
  }
  const state: State = { document: cloned(current), copied: 0 };
  for (const [at, operation] of operations.entries()) applyNumbered(state, operation, at);
  if (!isObject(state.document)) throw new PatchError('rejected', 'the patch leaves no object');
  return state.document;
}

/** The document is a copy of its own, so operations may change it in place. */
interface State {
  document: unknown;
  copied: number;
}

function applyNumbered(state: State, operation: unknown, at: number): void {
  try {
    applyOperation(state, operation);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PatchError(error.problem, `operation ${at}: ${error.message}`);
  }
}

function applyOperation(state: State, operation: unknown): void {
  if (!isObject(operation)) throw new PatchError('malformed', 'it must be an object');
  const path = pointerOf(operation, 'path');
  if (operation.op === 'add') add(state, path, cloned(operandOf(operation)));
  else if (operation.op === 'replace') replace(state, path, cloned(operandOf(operation)));
  else if (operation.op === 'remove') remove(state, path);
  else if (operation.op === 'move') move(state, pointerOf(operation, 'from'), path);
  else if (operation.op === 'copy') copy(state, pointerOf(operation, 'from'), path);
  else if (operation.op === 'test') test(state, path, operandOf(operation));
  else throw new PatchError('malformed', 'its op must be add, remove, replace, move, copy or test');
}

function pointerOf(operation: JsonObject, key: 'path' | 'from'): readonly string[] {
  const pointer = operation[key];
  if (typeof pointer !== 'string') throw new PatchError('malformed', `it needs a ${key}`);
  return parsePointer(pointer);
}

function operandOf(operation: JsonObject): unknown {
  if (operation.value === undefined) throw new PatchError('malformed', 'it needs a value');
  return operation.value;
}

function add(state: State, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) {
    state.document = value;
    return;
  }
  const parent = readAt(state.document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, path, parent.length), 0, value);
  else if (isObject(parent)) setOwn(parent as Record<string, unknown>, last, value);
  else throw missing(path);
}

function replace(state: State, path: readonly string[], value: unknown): void {
  if (path.length > 0) remove(state, path);
  add(state, path, value);
}

function remove(state: State, path: readonly string[]): void {
  const last = path.at(-1);
  if (last === undefined) throw new PatchError('malformed', 'the whole object cannot be removed');
  const parent = readAt(state.document, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, path, parent.length - 1), 1);
  else if (isObject(parent) && Object.hasOwn(parent, last)) delete (parent as Record<string, unknown>)[last];
  else throw missing(path);
}

function move(state: State, from: readonly string[], path: readonly string[]): void {
  if (from.length < path.length && from.every((part, at) => part === path[at])) {
    throw new PatchError('malformed', 'a value cannot be moved into itself');
  }
  const value = readAt(state.document, from);
  remove(state, from);
  add(state, path, value);
}

function copy(state: State, from: readonly string[], path: readonly string[]): void {
  const value = cloned(readAt(state.document, from));
  state.copied += JSON.stringify(value).length;
  if (state.copied > maxCopiedCharacters) throw new PatchError('malformed', 'the patch copies too much');
  add(state, path, value);
}

function test(state: State, path: readonly string[], wanted: unknown): void {
  if (!jsonEqual(readAt(state.document, path), wanted)) {
    throw new PatchError('rejected', `the value at ${pointerText(path)} is not the one tested for`);
  }
}

function cloned(value: unknown, depth = 0): unknown {
  if (depth > maxJsonDepth) throw new PatchError('malformed', `a value nests deeper than ${maxJsonDepth}`);
  if (Array.isArray(value)) return value.map((item) => cloned(item, depth + 1));
  if (!isObject(value)) return value;
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(value)) setOwn(copied, key, cloned(value[key], depth + 1));
  return copied;
}
