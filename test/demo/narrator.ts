import { styleText } from 'node:util';

export type Style = 'bold' | 'green' | 'red' | 'dim';

const width = 96;
const indent = '   ';

/** Tells what happens: titles, plain sentences, commands as a user types them, and what was measured. */
export class Narrator {
  readonly #write: (text: string) => void;
  readonly #colours: boolean;

  constructor(write: (text: string) => void, colours: boolean) {
    this.#write = write;
    this.#colours = colours;
  }

  title(text: string): void {
    this.#line(`\n${this.#styled('bold', text)}`);
  }

  /** What is about to happen, or why. */
  say(text: string): void {
    for (const line of wrapped(text, width - indent.length)) this.#line(`${indent}${line}`);
  }

  /** What a user would type for it. */
  command(text: string): void {
    this.#line(this.#styled('dim', `${indent}$ ${text}`));
  }

  /** What was seen. */
  fact(text: string): void {
    this.#marked('green', '✓', text);
  }

  failure(text: string): void {
    for (const paragraph of text.split('\n')) this.#marked('red', '✗', paragraph);
  }

  #marked(style: Style, mark: string, text: string): void {
    const [first = '', ...rest] = wrapped(text, width - indent.length - 2);
    this.#line(`${indent}${this.#styled(style, mark)} ${first}`);
    for (const line of rest) this.#line(`${indent}  ${line}`);
  }

  #line(text: string): void {
    this.#write(`${text}\n`);
  }

  #styled(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Lines of whole words; a word that is longer than a line has one of its own. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Such as `2.3 s`. */
export function secondsSince(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}

/** Such as `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}
