import { isObject } from '../json.ts';
import { PatchError } from './error.ts';

const maxShownCharacters = 200;

/** RFC 6901: the parts of a JSON pointer. The empty pointer is the whole document. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/'))
    throw new PatchError(
      'malformed',
      `the path ${JSON.stringify(pointer.slice(0, maxShownCharacters))} must begin with /`,
    );
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What stands at the pointer. Throws a PatchError where nothing does. */
export function readAt(document: unknown, parts: readonly string[]): unknown {
  let value = document;
  for (const part of parts) value = childOf(value, part, parts);
  return value;
}

function childOf(value: unknown, part: string, parts: readonly string[]): unknown {
  if (Array.isArray(value)) return value[indexIn(value, part, parts, value.length - 1)];
  if (isObject(value) && Object.hasOwn(value, part)) return value[part];
  throw missing(parts);
}

/** A list index up to `last`, or a PatchError. */
export function indexIn(
  list: readonly unknown[],
  part: string,
  parts: readonly string[],
  last: number,
): number {
  if (part === '-' && last === list.length) return list.length;
  const index = /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : -1;
  if (index < 0 || index > last) throw missing(parts);
  return index;
}

export function missing(parts: readonly string[]): PatchError {
  return new PatchError('rejected', `the object has nothing at ${pointerText(parts)}`);
}

/** For messages, so not at any length. */
export function pointerText(parts: readonly string[]): string {
  return JSON.stringify(`/${parts.join('/')}`.slice(0, maxShownCharacters));
}
