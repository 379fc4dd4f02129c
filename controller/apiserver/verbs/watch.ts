import { storePrefix } from '@bramble/protocol/kinds.ts';
import { bounds } from '../bounds.ts';
import { flag, integer, revisionOption } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, WatchSink } from '../request.ts';
import { type Selection, selectionOf } from '../selectors/selection.ts';
import { invalid, revisionTooLarge } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { RunningWatch, type WatchPlan } from './running-watch.ts';

/** A watch: what it asks for is checked now, and it begins when the front is ready. */
export function watch(ports: PipelinePorts, target: Target, request: ApiRequest): ApiResponse {
  const plan = planWatch(ports, target, request);
  const start = (sink: WatchSink) => {
    const running = new RunningWatch(ports, plan, sink);
    running.start();
    return () => running.stop();
  };
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
