/** Blanks, then a mark, a string, a number, a word, or whatever else one character is. */
const token =
  /[ \t\r\n]*(?:([{}[\]:,])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b)|([\s\S]))/y;

type Expected =
  | 'a value'
  | 'a value or ]'
  | 'a name in quotes'
  | 'a name in quotes or }'
  | ':'
  | ', or the end';

/** Where text that JSON.parse refuses stops being JSON, and what should stand there. */
export function describeFault(text: string): string {
  const open: string[] = [];
  let expected: Expected = 'a value';
  const scanner = new RegExp(token);
  for (;;) {
    const start = scanner.lastIndex;
    const match = scanner.exec(text);
    const finished: boolean = expected === ', or the end' && open.length === 0;
    if (!match) return told(text, text.length, finished ? 'nothing more' : wanted(expected, open));
    const [whole, mark, string, scalar] = match;
    const kind = mark ?? (string === undefined ? (scalar === undefined ? '?' : 'scalar') : 'string');
    const next: Expected | undefined = finished ? undefined : after(expected, kind, open);
    if (next === undefined) {
      const at = start + whole.search(/[^ \t\r\n]/);
      return told(text, at < start ? text.length : at, finished ? 'nothing more' : wanted(expected, open));
    }
    expected = next;
  }
}

/** What is expected after a token, or `undefined` where it is out of place. Keeps `open` up to date. */
function after(expected: Expected, kind: string, open: string[]): Expected | undefined {
  const closes = (expected === ', or the end' && kind === open.at(-1)) || kind === emptyEnd[expected];
  if (closes) {
    open.pop();
    return ', or the end';
  }
  if (expected === ':') return kind === ':' ? 'a value' : undefined;
  if (expected === ', or the end') return kind === ',' ? next(open) : undefined;
  if (expected.startsWith('a name')) return kind === 'string' ? ':' : undefined;
  if (kind === 'string' || kind === 'scalar') return ', or the end';
  if (kind !== '{' && kind !== '[') return undefined;
  open.push(kind === '{' ? '}' : ']');
  return kind === '{' ? 'a name in quotes or }' : 'a value or ]';
}

const emptyEnd: Readonly<Partial<Record<Expected, string>>> = {
  'a value or ]': ']',
  'a name in quotes or }': '}',
};

function next(open: readonly string[]): Expected {
  return open.at(-1) === '}' ? 'a name in quotes' : 'a value';
}

function wanted(expected: Expected, open: readonly string[]): string {
  return expected === ', or the end' ? `, or ${open.at(-1)}` : expected;
}

function told(text: string, at: number, wanted: string): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const found = at >= text.length ? 'the end of the text' : JSON.stringify(text.charAt(at));
  return `line ${line}, column ${column}: expected ${wanted}, found ${found}`;
}
