import { StringDecoder } from 'node:string_decoder';
import { limits } from '@bramble/protocol/limits.ts';
import type { Status } from '../request.ts';
import { failure } from '../status.ts';
import { answerOverheadBytes } from './read-answers.ts';
import { readBounds } from './read-bounds.ts';

/** Where the parts of an answer go; one with `end`, or a fault, is the last. */
export interface ReadSink {
  readonly part: (text: string, end: boolean) => void;
  readonly fault: (status: Status) => void;
}

/**
 * A log or a watch on its way to a user, part by part. The reader says how many more it takes, so that a slow one holds up
 * nobody but itself (guarantee G8).
 */
export class ReadSession {
  readonly #sink: ReadSink;
  readonly #decoder = new StringDecoder('utf8');
  #allowed: number = readBounds.partsAtFirst;
  readonly #waiting: (() => void)[] = [];
  #stop: () => void = () => {};
  #ended = false;

  constructor(sink: ReadSink) {
    this.#sink = sink;
  }

  /** How to stop what feeds this. */
  fedBy(stop: () => void): void {
    if (this.#ended) stop();
    else this.#stop = stop;
  }

  /** Bytes of text; a character may stand in two chunks. `taken` is called when the reader may be sent as much again. */
  bytes(chunk: Uint8Array, taken: () => void): void {
    if (this.#ended) return;
    const text = this.#decoder.write(chunk);
    if (text !== '') this.#sink.part(text, false);
    this.#allowed -= 1;
    if (this.#allowed > 0) taken();
    else this.#waiting.push(taken);
  }

  /** Whole lines, as many to a part as fit. A Status when the reader cannot be told them. */
  lines(lines: readonly string[]): Status | undefined {
    if (this.#ended) return undefined;
    for (const part of gather(lines)) {
      if (part.length > readBounds.partCharacters && isTooLong(part)) return lineTooLong();
      this.#allowed -= 1;
      this.#sink.part(part, false);
    }
    return this.#allowed > -readBounds.partsBehind ? undefined : tooSlow();
  }

  more(parts: number): void {
    this.#allowed = Math.min(this.#allowed + parts, readBounds.partsAtFirst);
    while (this.#allowed > 0 && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  /** @param fault Why it ends before its time. */
  end(fault?: Status): void {
    if (this.#ended) return;
    const rest = this.#decoder.end();
    this.drop();
    if (!fault) return this.#sink.part(rest, true);
    if (rest !== '') this.#sink.part(rest, false);
    this.#sink.fault(fault);
  }

  /** The reader has gone: nothing is told any more. */
  drop(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#stop();
  }
}

function gather(lines: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (const line of lines) {
    if (part !== '' && part.length + line.length > readBounds.partCharacters) {
      parts.push(part);
      part = '';
    }
    part += line;
  }
  return part === '' ? parts : [...parts, part];
}

/** A part is text within JSON: its quotes take room as well. */
function isTooLong(part: string): boolean {
  return Buffer.byteLength(JSON.stringify(part)) > limits.objectBytes - answerOverheadBytes;
}

function lineTooLong(): Status {
  return failure(413, 'RequestEntityTooLarge', 'an object is too large to be watched over MQTT: use HTTPS');
}

function tooSlow(): Status {
  return failure(410, 'Expired', 'the reader is too slow: list again and watch from there');
}
