import type { ContainerSession, LogChunk, SessionResult } from '../../runtime/port.ts';

/** A process whose part a test plays. */
export class PlayedSession implements ContainerSession {
  readonly output: AsyncIterable<LogChunk>;
  written = '';
  inputEnded = false;
  closed = false;
  readonly sizes: { readonly width: number; readonly height: number }[] = [];
  /** Whether it reads what is written. */
  reads = true;
  readonly #said: LogChunk[] = [];
  readonly #held: (() => void)[] = [];
  readonly #result = Promise.withResolvers<SessionResult>();
  #over = false;
  #wake: () => void = () => {};

  constructor() {
    this.output = this.#output();
  }

  say(chunk: LogChunk): void {
    this.#said.push(chunk);
    this.#wake();
  }

  finish(result: SessionResult): void {
    this.#over = true;
    this.#result.resolve(result);
    this.#wake();
  }

  /** It reads what it had not read, and goes on reading. */
  readAll(): void {
    this.reads = true;
    for (const taken of this.#held.splice(0)) taken();
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written += Buffer.from(bytes).toString();
    return this.reads ? Promise.resolve() : new Promise((resolve) => this.#held.push(resolve));
  }

  endInput(): void {
    this.inputEnded = true;
  }

  async resize(size: { readonly width: number; readonly height: number }): Promise<void> {
    this.sizes.push({ width: size.width, height: size.height });
  }

  result(): Promise<SessionResult> {
    return this.#result.promise;
  }

  close(): void {
    this.closed = true;
  }

  async *#output(): AsyncGenerator<LogChunk> {
    for (;;) {
      const next = this.#said.shift();
      if (next) yield next;
      else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
