import type { ServerResponse } from 'node:http';
import type { Host } from '@bramble/actors/host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { bounds } from '../bounds.ts';
import type { WatchAnswer, WatchSink } from '../request.ts';
import { contentTypeOf, type Form } from './accept.ts';
import type { WatchEncoder } from './watch-encoder.ts';

/** Serves one watch until it ends, the client goes, or the client falls too far behind. */
export function serveWatch(
  host: Pick<Host, 'now' | 'timer'>,
  response: ServerResponse,
  watch: WatchAnswer,
  encoder: WatchEncoder,
  form: Form,
): void {
  response.writeHead(200, { 'Content-Type': contentTypeOf(form), 'Cache-Control': 'no-cache, private' });
  // The client waits for the head before it takes the watch for begun.
  response.flushHeaders();
  const lines = new LineBuffer(host, response);
  const sink: WatchSink = {
    onEvents: (events) => lines.push(events.map((event) => encoder.event(event, host.now()))),
    onBookmark: (revision, initialEventsEnd) => lines.push([encoder.bookmark(revision, initialEventsEnd)]),
    onEnd: (status) => lines.end(status && encoder.fault(status)),
  };
  const stop = watch.start(sink);
  lines.beginBounding();
  response.on('close', () => {
    stop();
    lines.drop();
  });
}

/** Gathers what comes within some milliseconds into one write, and cuts off a reader that is too slow (guarantee G8). */
class LineBuffer {
  readonly #host: Pick<Host, 'timer'>;
  readonly #response: ServerResponse;
  #lines: string[] = [];
  #characters = 0;
  #allowedBytes = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(host: Pick<Host, 'timer'>, response: ServerResponse) {
    this.#host = host;
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
      this.#response.destroy();
      return;
    }
    this.#cancel ??= this.#host.timer(limits.watchCoalesceMs, () => this.#flush());
  }

  /** `last` is told before the stream ends. */
  end(last: string | undefined): void {
    if (last !== undefined) this.#lines.push(last);
    this.#flush();
    this.#response.end();
  }

  drop(): void {
    this.#cancel?.();
    this.#lines = [];
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const text = this.#lines.join('');
    this.#lines = [];
    this.#characters = 0;
    if (text !== '' && !this.#response.destroyed) this.#response.write(text);
  }
}
