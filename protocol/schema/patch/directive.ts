import type { JsonObject } from '../json.ts';
import { PatchError } from './error.ts';

export function withoutDirective(patch: JsonObject): JsonObject {
  const { $patch: _, ...rest } = patch;
  return rest;
}

export function unknownDirective(directive: unknown): PatchError {
  return new PatchError(
    'malformed',
    `$patch must be replace, merge or delete, not ${JSON.stringify(directive)}`,
  );
}
