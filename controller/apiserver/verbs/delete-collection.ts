import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse, Encoded } from '../request.ts';
import { selectionOf } from '../selectors/selection.ts';
import { StatusError } from '../status.ts';
import type { Target } from '../target.ts';
import { deleteOptions, remove } from './delete.ts';
import { select } from './read.ts';

/** Deletions that wait for the disk at once: they share its syncs. */
const atOnce = 64;

/** DELETE of a collection: each object that the selectors name, by the rules of its own deletion. */
export async function removeCollection(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
): Promise<ApiResponse> {
  const options = deleteOptions(request.options, request.body);
  const found = select(ports, target, selectionOf(target.kind, request.options));
  for (let at = 0; at < found.length; at += atOnce) {
    const batch = found.slice(at, at + atOnce);
    await Promise.all(batch.map((item) => removeOne(ports, target, request, options, item)));
  }
  const revision = String(ports.store.revision);
  const list = { kind: target.kind, items: found, resourceVersion: revision };
  return {
    type: 'list',
    list: { ...list, continue: undefined, remaining: undefined },
    warnings: options.warnings,
  };
}

async function removeOne(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
  options: ReturnType<typeof deleteOptions>,
  { object }: Encoded,
): Promise<void> {
  try {
    await remove(ports, target, { ...request, name: object.metadata.name }, options);
  } catch (error) {
    // Somebody else was faster: gone is what was asked for.
    if (!(error instanceof StatusError && error.status.code === 404)) throw error;
  }
}
