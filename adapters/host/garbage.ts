import type { Host } from '@bramble/actors/host.ts';

/** What a start sets going is over by then. */
const startedWithinMs = 5_000;

/**
 * Collects, once, what reading the source has left in this thread's heap, which V8 would otherwise keep for months: 13 MB
 * of the controller's. Does nothing without `--expose-gc`. Answers with what calls it off: a thread does not end before.
 */
export function collectAfterStart(host: Pick<Host, 'timer'>): () => void {
  return host.timer(startedWithinMs, collectGarbage);
}

/** Collects what this thread has left, and gives its room back. Holds the thread up, for a millisecond a megabyte in use. */
export function collectGarbage(): void {
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
