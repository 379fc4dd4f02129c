import { AskRefused, AskTimeout } from '@bramble/actors/index.ts';
import type { StoredObject, Transaction } from '../store/types.ts';
import type { PipelinePorts, WriteTrace } from './ports.ts';
import type { ApiRequest } from './request.ts';
import { failure, StatusError, tooManyRequests, unavailable } from './status.ts';
import type { Target } from './target.ts';

export type CommitOutcome =
  | { readonly ok: true; readonly stored: StoredObject }
  /** A condition did not hold; the one on `key`. */
  | { readonly ok: false; readonly key: string };

/** Commits one write, and tells what it took. Throws a StatusError when the store refuses to write. */
export async function commitWrite(
  ports: PipelinePorts,
  request: ApiRequest,
  target: Target,
  transaction: Transaction,
): Promise<CommitOutcome> {
  const admittedAt = ports.host.now();
  const result = await committed(ports, transaction);
  if (!result.ok) {
    if (result.reason === 'unavailable') throw unavailable(result.message);
    return { ok: false, key: result.key };
  }
  const [stored] = result.objects;
  if (!stored) throw new Error('the store answered a write without its object');
  ports.onWrite?.(traceOf(request, target, stored, admittedAt, ports.host.now()));
  return { ok: true, stored };
}

async function committed(ports: PipelinePorts, transaction: Transaction) {
  try {
    return await ports.store.commit(transaction);
  } catch (error) {
    if (error instanceof AskRefused) {
      throw tooManyRequests('the store has more writes waiting than it takes', 1);
    }
    if (error instanceof AskTimeout) {
      throw new StatusError(failure(504, 'Timeout', 'the disk did not answer: the outcome is unknown'));
    }
    throw error;
  }
}

function traceOf(
  request: ApiRequest,
  target: Target,
  stored: StoredObject,
  admittedAt: number,
  storedAt: number,
): WriteTrace {
  return {
    uid: stored.object.metadata.uid ?? '',
    resource: target.kind.plural,
    subresource: target.subresource,
    namespace: target.namespace,
    name: stored.object.metadata.name,
    verb: request.verb,
    user: request.user.name,
    receivedAt: request.receivedAt,
    admittedAt,
    storedAt,
    revision: stored.revision,
  };
}
