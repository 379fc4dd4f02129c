import { admitNew, honestWarnings } from '../admit.ts';
import { answerObject, answerStored } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { requireNamespace } from '../namespaces.ts';
import { isDryRun } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import { readObject } from '../read-object.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { allocate } from '../services/allocate.ts';
import { alreadyExists, conflict, modified } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { refuseVirtual } from './leases.ts';

/** Tries with `generateName`, and when the namespace changes at the same moment. */
const maxAttempts = 8;

/** POST to a collection: 201 with the object, 409 if the name is taken. */
export async function create(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
): Promise<ApiResponse> {
  refuseVirtual(target);
  const { object: given, warnings: fieldWarnings } = readObject(target.kind, request, request.body);
  requireNamespace(ports.store, target, given.metadata.name ?? '');
  const dryRun = isDryRun(request.options);
  for (let attempt = 1; ; attempt += 1) {
    const admitted = admitNew(target, given, ports);
    const { name } = admitted.metadata;
    const warnings = [...fieldWarnings, ...honestWarnings(target, admitted)];
    const key = keyOf(target, name);
    const conditions = [{ key, revision: 0 }, ...requireNamespace(ports.store, target, name)];
    const taken = ports.store.get(key) !== undefined;
    const { object, release } = taken
      ? { object: admitted, release: () => {} }
      : allocate(ports.services, target, admitted);
    if (!taken && dryRun) {
      release();
      return answerObject(201, object, warnings);
    }
    const writes = [{ type: 'put', key, object }] as const;
    const outcome = taken
      ? ({ ok: false, key } as const)
      : await commitWrite(ports, request, target, { conditions, writes }).finally(release);
    if (outcome.ok) return answerStored(201, outcome.stored, warnings);
    if (outcome.key === key && given.metadata.name) throw alreadyExists(target.kind, name);
    if (attempt >= maxAttempts) throw conflict(target.kind, name, modified);
  }
}
