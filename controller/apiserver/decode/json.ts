import { maxJsonDepth } from '@bramble/protocol/schema/json.ts';
import { type DecodedValue, joinPath, maxDuplicates } from './decoded.ts';
import { describeFault } from './json-fault.ts';

/** JSON (RFC 8259), with the position of the first fault, and with the names that an object has twice. Never throws. */
export function decodeJson(text: string): DecodedValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: `error parsing JSON: ${describeFault(text)}` };
  }
  const scan = scanNames(text);
  if (scan.tooDeep)
    return { ok: false, message: `error parsing JSON: nested deeper than ${maxJsonDepth} levels` };
  return { ok: true, value, duplicateFields: scan.duplicates };
}

interface Level {
  /** Names seen; `undefined` for a list. */
  readonly names: Set<string> | undefined;
  at: string | number;
}

/** Strings, and the marks that open, close and part; all else in valid JSON is of no interest here. */
const marks = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/** Walks text that is valid JSON. */
function scanNames(text: string): { duplicates: string[]; tooDeep: boolean } {
  const levels: Level[] = [];
  const duplicates: string[] = [];
  let expectsName = false;
  for (const [mark] of text.matchAll(marks)) {
    const level = levels.at(-1);
    if (mark === '{' || mark === '[') {
      if (levels.length >= maxJsonDepth) return { duplicates, tooDeep: true };
      levels.push(mark === '{' ? { names: new Set(), at: '' } : { names: undefined, at: 0 });
      expectsName = mark === '{';
    } else if (mark === '}' || mark === ']') {
      levels.pop();
      expectsName = false;
    } else if (mark === ',') {
      expectsName = level?.names !== undefined;
      if (typeof level?.at === 'number') level.at += 1;
    } else if (expectsName && level?.names) {
      expectsName = false;
      noteName(levels, level.names, level, mark, duplicates);
    }
  }
  return { duplicates, tooDeep: false };
}

function noteName(
  levels: readonly Level[],
  names: Set<string>,
  level: Level,
  quoted: string,
  duplicates: string[],
): void {
  const name = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  level.at = name;
  if (names.has(name) && duplicates.length < maxDuplicates)
    duplicates.push(joinPath(levels.map(({ at }) => at)));
  names.add(name);
}
