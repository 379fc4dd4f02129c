import { isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { LineOf } from './problems.ts';

/** Finds fields in YAML (or JSON) text. A field that is not there is found at the deepest thing that would hold it. */
export function linesOf(text: string): LineOf {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter });
  const documents = Array.isArray(parsed) ? parsed.filter(({ contents }) => contents !== null) : [];
  return (document, path) => {
    let node: unknown = documents[document]?.contents;
    let line = lineAt(node, lineCounter);
    for (const key of path) {
      const keyLine = isMap(node)
        ? lineAt(node.items.find(({ key: own }) => isScalar(own) && own.value === key)?.key, lineCounter)
        : undefined;
      node = hasGet(node) ? node.get(key, true) : undefined;
      const found = keyLine ?? lineAt(node, lineCounter);
      if (found === undefined) break;
      line = found;
    }
    return line;
  };
}

function lineAt(node: unknown, lineCounter: LineCounter): number | undefined {
  return isNode(node) && node.range ? lineCounter.linePos(node.range[0]).line : undefined;
}

function hasGet(node: unknown): node is { get: (key: unknown, keepScalar: boolean) => unknown } {
  return typeof (node as { get?: unknown } | undefined)?.get === 'function';
}
