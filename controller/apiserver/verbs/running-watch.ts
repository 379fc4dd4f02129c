import type { StoredObject, StoreEvent } from '../../store/types.ts';
import { bounds } from '../bounds.ts';
import type { PipelinePorts } from '../ports.ts';
import type { WatchSink } from '../request.ts';
import type { Selection } from '../selectors/selection.ts';
import { Slices } from '../slices.ts';
import { expired, internalError } from '../status.ts';
import { filterEvent } from '../watch-filter.ts';

export interface WatchPlan {
  readonly prefix: string;
  readonly selection: Selection;
  /** Begin with all that is there, as `ADDED`, and go on from now; otherwise from `revision`. */
  readonly initial: boolean;
  readonly revision: number | undefined;
  readonly bookmarks: boolean;
  /** Tell by a bookmark when what was there has been told. */
  readonly marksInitialEnd: boolean;
  readonly lifetimeMs: number;
}

/** Objects that are told in one go. */
const atOnce = 64;

/** A watch under way: tells what was there, then what happened while that was told, then what happens. */
export class RunningWatch {
  readonly #ports: Pick<PipelinePorts, 'store' | 'host'>;
  readonly #plan: WatchPlan;
  readonly #sink: WatchSink;
  readonly #stops: (() => void)[] = [];
  #isOver = false;
  /** What happens while what was there is being told; `undefined` from then on. */
  #meanwhile: (readonly StoreEvent[])[] | undefined = [];

  constructor(ports: Pick<PipelinePorts, 'store' | 'host'>, plan: WatchPlan, sink: WatchSink) {
    this.#ports = ports;
    this.#plan = plan;
    this.#sink = sink;
  }

  /** Listing and beginning to watch are one turn, so that nothing falls between them. */
  start(): void {
    const { store, host } = this.#ports;
    const { prefix, initial, revision, bookmarks, lifetimeMs } = this.#plan;
    const from = initial ? store.revision : revision;
    const present = initial ? store.list(prefix) : [];
    const begun = store.watch({ prefix, from, onEvents: (events) => this.#heard(events) });
    if (!begun.ok) return this.#sink.onEnd(expired(`too old resource version: ${from} (${store.revision})`));
    this.#stops.push(
      begun.stop,
      host.timer(lifetimeMs, () => this.#end()),
    );
    if (bookmarks) this.#stops.push(repeat(host, () => this.#bookmark()));
    this.#tellPresent(present, 0, store.revision);
  }

  stop(): void {
    this.#isOver = true;
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** In slices: others wait for none of thousands. */
  #tellPresent(present: readonly StoredObject[], from: number, revision: number): void {
    const { host } = this.#ports;
    const slice = new Slices(host);
    let next = from;
    while (next < present.length && !slice.isOver) {
      this.#tellSome(present.slice(next, next + atOnce));
      next += atOnce;
    }
    if (next >= present.length) return this.#caughtUp(revision);
    host.defer(() => {
      if (!this.#isOver) this.#guarded(() => this.#tellPresent(present, next, revision));
    });
  }

  #tellSome(objects: readonly StoredObject[]): void {
    const { matches } = this.#plan.selection;
    const matching = objects.filter(({ object }) => matches(object));
    if (matching.length > 0)
      this.#sink.onEvents(matching.map((stored) => ({ type: 'added', stored, previous: undefined })));
  }

  #caughtUp(revision: number): void {
    if (this.#plan.marksInitialEnd) this.#sink.onBookmark(revision, true);
    const missed = this.#meanwhile ?? [];
    this.#meanwhile = undefined;
    for (const events of missed) this.#tell(events);
    this.#sink.onCaughtUp?.();
  }

  #heard(events: readonly StoreEvent[]): void {
    if (this.#meanwhile === undefined) this.#tell(events);
    else this.#meanwhile.push(events);
  }

  #tell(events: readonly StoreEvent[]): void {
    const { matches, narrowed } = this.#plan.selection;
    // The very array that all other watches of the prefix are told: what is made of it once serves them too.
    if (!narrowed) return this.#sink.onEvents(events);
    const seen = events.map((event) => filterEvent(event, matches)).filter((event) => event !== undefined);
    if (seen.length > 0) this.#sink.onEvents(seen);
  }

  /** It would promise what has not been told yet. */
  #bookmark(): void {
    if (this.#meanwhile === undefined) this.#sink.onBookmark(this.#ports.store.revision, false);
  }

  #end(): void {
    this.stop();
    if (this.#plan.bookmarks) this.#bookmark();
    this.#sink.onEnd(undefined);
  }

  /** Nobody is left to throw to, in a later slice. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.stop();
      const fields = { error: error instanceof Error ? error.stack : String(error) };
      this.#ports.host.log({
        level: 'error',
        from: 'apiserver',
        message: 'a watch failed unexpectedly',
        fields,
      });
      this.#sink.onEnd(internalError('the controller’s log says more'));
    }
  }
}
/** Calls again and again; the function returned ends it. */
function repeat(host: PipelinePorts['host'], action: () => void): () => void {
  let cancel = host.timer(bounds.bookmarkIntervalMs, again);
  function again(): void {
    cancel = host.timer(bounds.bookmarkIntervalMs, again);
    action();
  }
  return () => cancel();
}
