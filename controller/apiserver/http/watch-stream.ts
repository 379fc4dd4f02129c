import type { ServerResponse } from 'node:http';
import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { bounds } from '../bounds.ts';
import type { WatchAnswer, WatchSink } from '../request.ts';
import { contentTypeOf, type Form } from './accept.ts';
import type { Share } from './budget.ts';
import type { HttpCounts } from './counts.ts';
import type { DueWrites } from './due-writes.ts';
import type { PromptWrites } from './prompt-writes.ts';
import type { WatchEncoder } from './watch-encoder.ts';

/** What a watch may take of its user's memory, and where it is counted when that is too much. */
export interface Bounding {
  readonly share: Share;
  readonly counts: HttpCounts;
  readonly prompt: PromptWrites;
  readonly due: DueWrites;
}

/** Serves one watch until it ends, the client goes, or the client falls too far behind. */
export function serveWatch(
  host: Pick<Host, 'now' | 'monotonic' | 'timer' | 'defer'>,
  response: ServerResponse,
  watch: WatchAnswer,
  encoder: WatchEncoder,
  form: Form,
  bounding: Bounding,
): void {
  response.writeHead(200, { 'Content-Type': contentTypeOf(form), 'Cache-Control': 'no-cache, private' });
  // The client waits for the head before it takes the watch for begun.
  response.flushHeaders();
  const lines = new LineBuffer(host, response, bounding);
  const sink: WatchSink = {
    onEvents: (events) => lines.push(encoder.events(events, host.now())),
    onCaughtUp: () => lines.beginBounding(),
    onBookmark: (revision, initialEventsEnd) => lines.push([encoder.bookmark(revision, initialEventsEnd)]),
    onEnd: (status) => lines.end(status && encoder.fault(status)),
  };
  const stop = watch.start(sink);
  response.on('close', () => {
    stop();
    lines.drop();
  });
}

/** Gathers what comes within some milliseconds into one write, and cuts off a reader that is too slow (guarantee G8). */
class LineBuffer {
  readonly #host: Pick<Host, 'monotonic' | 'timer' | 'defer'>;
  readonly #response: ServerResponse;
  readonly #bounding: Bounding;
  #lines: string[] = [];
  #characters = 0;
  #waitingBytes = 0;
  #allowedBytes = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(
    host: Pick<Host, 'monotonic' | 'timer' | 'defer'>,
    response: ServerResponse,
    bounding: Bounding,
  ) {
    this.#host = host;
    this.#bounding = bounding;
    this.#response = response;
  }

  /** What was there at the start may be any size; from now on the client must keep up. */
  beginBounding(): void {
    this.#allowedBytes = this.#characters + this.#response.writableLength + bounds.watchBacklogBytes;
  }

  push(lines: readonly string[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#characters += line.length;
    }
    const waiting = this.#characters + this.#response.writableLength;
    if (waiting > this.#allowedBytes || this.#lines.length > limits.watchBacklogEvents * 2) {
      this.#cutOff();
      return;
    }
    this.#cancel ??= this.#soon();
  }

  /** Where few watch, once the turns that are due are taken: what follows from this change may be among them. */
  #soon(): () => void {
    const flush = (): void => this.#flush();
    const { prompt, due } = this.#bounding;
    if (!prompt.take(this.#host))
      return this.#host.timer(limits.watchCoalesceMs, () => due.add(this.#host, flush));
    this.#host.defer(flush);
    return () => {};
  }

  /** `last` is told before the stream ends. */
  end(last: string | undefined): void {
    if (last !== undefined) this.#lines.push(last);
    this.#flush();
    this.#response.end();
  }

  /** Many watches of one user together may let as much wait as its share, however little each does. */
  #write(text: string): void {
    const { share } = this.#bounding;
    const bytes = text.length;
    try {
      share.takeOne(bytes);
    } catch {
      return this.#cutOff();
    }
    this.#waitingBytes += bytes;
    this.#response.write(text, () => this.#wasTaken(bytes));
  }

  #wasTaken(bytes: number): void {
    const some = Math.min(bytes, this.#waitingBytes);
    this.#waitingBytes -= some;
    this.#bounding.share.give(some);
  }

  #cutOff(): void {
    if (!this.#response.destroyed) this.#bounding.counts.slowWatches += 1;
    this.#response.destroy();
  }

  drop(): void {
    this.#cancel?.();
    this.#lines = [];
    // Callbacks of what was never sent may still come, and find nothing to give back.
    this.#wasTaken(this.#waitingBytes);
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const text = this.#lines.join('');
    this.#lines = [];
    this.#characters = 0;
    if (text !== '' && !this.#response.destroyed) this.#write(text);
  }
}
