import { storePrefix } from '@bramble/protocol/kinds.ts';
import type { StoreEvent } from '../../store/types.ts';
import { bounds } from '../bounds.ts';
import { flag, integer, revisionOption } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, WatchSink } from '../request.ts';
import { type Selection, selectionOf } from '../selectors/selection.ts';
import { expired, invalid, revisionTooLarge } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { filterEvent } from '../watch-filter.ts';

interface WatchPlan {
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

/** A watch: what it asks for is checked now, and it begins when the front is ready. */
export function watch(ports: PipelinePorts, target: Target, request: ApiRequest): ApiResponse {
  const plan = planWatch(ports, target, request);
  const start = (sink: WatchSink) => run(ports, plan, sink);
  return { type: 'watch', watch: { kind: target.kind, start }, warnings: [] };
}

function planWatch(ports: PipelinePorts, target: Target, request: ApiRequest): WatchPlan {
  const { options } = request;
  const revision = revisionOption(options, target.kind.kind);
  const asksInitial = flag(options, 'sendInitialEvents');
  checkInitial(options, asksInitial);
  if (revision !== undefined && revision > ports.store.revision) {
    throw revisionTooLarge(revision, ports.store.revision);
  }
  const selection = selectionOf(target.kind, options);
  const bookmarks = flag(options, 'allowWatchBookmarks') === true;
  const seconds = integer(options, 'timeoutSeconds');
  return {
    prefix: prefixOf(target, selection),
    selection,
    initial: asksInitial ?? (revision === undefined || revision === 0),
    revision: revision === 0 ? undefined : revision,
    bookmarks,
    marksInitialEnd: asksInitial === true && bookmarks,
    lifetimeMs: seconds ? Math.min(seconds * 1_000, bounds.watchLifetimeMs) : bounds.watchLifetimeMs,
  };
}

/** Who watches one object by its name is not woken for all the others. */
function prefixOf(target: Target, { name }: Selection): string {
  const { kind, namespace } = target;
  const pinned = name !== undefined && (!kind.namespaced || namespace !== undefined);
  return pinned ? keyOf(target, name) : storePrefix(kind, namespace);
}

/** Kubernetes' rules for WatchList (ListOptions meta/v1, `sendInitialEvents`). */
function checkInitial(options: ApiRequest['options'], asksInitial: boolean | undefined): void {
  const match = options['resourceVersionMatch'];
  const refuse = (message: string) =>
    invalid('ListOptions.meta.k8s.io', '', [
      { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'resourceVersionMatch' },
    ]);
  if (asksInitial === undefined) {
    if (match)
      throw refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return;
  }
  if (match !== 'NotOlderThan') {
    throw refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
}

/** Listing and beginning to watch are one turn, so that nothing falls between them. */
function run({ store, host }: PipelinePorts, plan: WatchPlan, sink: WatchSink): () => void {
  const { matches, narrowed } = plan.selection;
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const one of stops.splice(0)) one();
  };
  const relay = (events: readonly StoreEvent[]) => {
    // The very array that all other watches of the prefix are told: what is made of it once serves them too.
    if (!narrowed) return sink.onEvents(events);
    const seen = events.map((event) => filterEvent(event, matches)).filter((event) => event !== undefined);
    if (seen.length > 0) sink.onEvents(seen);
  };
  const from = plan.initial ? store.revision : plan.revision;
  if (plan.initial) tellPresent(store.list(plan.prefix), plan, sink);
  if (plan.marksInitialEnd) sink.onBookmark(store.revision, true);
  const begun = store.watch({ prefix: plan.prefix, from, onEvents: relay });
  if (!begun.ok) {
    sink.onEnd(expired(`too old resource version: ${from} (${store.revision})`));
    return stop;
  }
  stops.push(begun.stop);
  if (plan.bookmarks) stops.push(repeat(host, () => sink.onBookmark(store.revision, false)));
  const end = () => {
    stop();
    if (plan.bookmarks) sink.onBookmark(store.revision, false);
    sink.onEnd(undefined);
  };
  stops.push(host.timer(plan.lifetimeMs, end));
  return stop;
}

function tellPresent(
  present: ReturnType<PipelinePorts['store']['list']>,
  { selection }: WatchPlan,
  sink: WatchSink,
): void {
  const matching = present.filter(({ object }) => selection.matches(object));
  if (matching.length === 0) return;
  sink.onEvents(matching.map((stored) => ({ type: 'added', stored, previous: undefined })));
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
