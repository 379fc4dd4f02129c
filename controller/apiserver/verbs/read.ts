import { storePrefix } from '@bramble/protocol/kinds.ts';
import { answerStored } from '../answers.ts';
import { decodeContinuation, encodeContinuation } from '../continue-token.ts';
import { integer, revisionOption } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, Encoded, ListAnswer } from '../request.ts';
import { type Selection, selectionOf } from '../selectors/selection.ts';
import { badRequest, expired, notFound, revisionTooLarge, StatusError } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { heartbeatOf, heartbeatsOf } from './leases.ts';

export function get(ports: PipelinePorts, target: Target, request: ApiRequest): ApiResponse {
  const name = request.name ?? '';
  const asked = revisionOption(request.options, target.kind.kind);
  if (asked !== undefined && asked > ports.store.revision) {
    throw revisionTooLarge(asked, ports.store.revision);
  }
  const found = ports.store.get(keyOf(target, name)) ?? heartbeatOf(ports, target, name);
  if (!found) throw notFound(target.kind, name);
  return answerStored(200, found);
}

/** A list, whole or in pages of `limit`. Pages after the first are of the present, under the first one's revision. */
export function list(ports: PipelinePorts, target: Target, request: ApiRequest): ApiResponse {
  const selection = selectionOf(target.kind, request.options);
  const limit = integer(request.options, 'limit') ?? 0;
  if (limit < 0) throw badRequest('limit must not be negative');
  const from = request.options['continue'] ? decodeContinuation(request.options['continue']) : undefined;
  if (!from) checkRevision(ports, target, request);
  const revision = from?.revision ?? ports.store.revision;
  const found = select(ports, target, selection, from?.after);
  return { type: 'list', list: page(target, selection, found, limit, revision), warnings: [] };
}

interface Found extends Encoded {
  readonly key: string;
}

function page(
  target: Target,
  selection: Selection,
  found: readonly Found[],
  limit: number,
  revision: number,
): ListAnswer {
  const items = limit > 0 ? found.slice(0, limit) : found;
  const last = items.at(-1);
  const left = found.length - items.length;
  return {
    kind: target.kind,
    items,
    resourceVersion: String(revision),
    continue: last && left > 0 ? encodeContinuation({ revision, after: last.key }) : undefined,
    remaining: left > 0 && !selection.narrowed ? left : undefined,
  };
}

/** In order of key, what comes after `after`. */
export function select(
  ports: PipelinePorts,
  target: Target,
  selection: Selection,
  after?: string,
): readonly Found[] {
  const virtual = heartbeatsOf(ports, target).map((lease) => ({
    ...lease,
    key: keyOf({ ...target, namespace: lease.object.metadata.namespace }, lease.object.metadata.name),
  }));
  const stored = storedCandidates(ports, target, selection);
  const all: readonly Found[] = virtual.length > 0 ? [...stored, ...virtual].sort(byKey) : stored;
  if (after === undefined && !selection.narrowed) return all;
  return all.filter(({ key, object }) => (after === undefined || key > after) && selection.matches(object));
}

/** One look-up where the selector pins the name, as kubectl's watches of one object do. */
function storedCandidates({ store }: PipelinePorts, target: Target, selection: Selection): readonly Found[] {
  const { kind, namespace } = target;
  if (selection.name !== undefined && (!kind.namespaced || namespace !== undefined)) {
    const one = store.get(keyOf(target, selection.name));
    return one ? [one] : [];
  }
  return store.list(storePrefix(kind, namespace));
}

function byKey(one: Found, other: Found): number {
  return one.key < other.key ? -1 : 1;
}

function checkRevision({ store }: PipelinePorts, target: Target, request: ApiRequest): void {
  const asked = revisionOption(request.options, target.kind.kind);
  const match = request.options['resourceVersionMatch'];
  if (asked !== undefined && asked > store.revision) throw revisionTooLarge(asked, store.revision);
  if (match === 'Exact' && asked !== undefined && asked !== store.revision) {
    throw new StatusError(expired('The provided resource version is too old: only the newest can be listed'));
  }
}
