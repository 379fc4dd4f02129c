import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import type { StoredObject, Transaction } from '../../store/types.ts';
import { admitChange, honestWarnings } from '../admit.ts';
import { answerObject, answerStored } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { isReleased } from '../deletion.ts';
import { isDryRun } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { allocate, isService } from '../services/allocate.ts';
import { carriedOver } from '../services/shape.ts';
import { conflict, modified, notFound } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { refuseVirtual } from './leases.ts';

/** Tries when somebody else writes the object at the same moment and the request names no revision. */
const maxAttempts = 10;

/** What the request makes of the object as it stands. Called again when the object changed meanwhile. */
export type Build = (current: KubeObject) => { given: KubeObject; warnings: readonly string[] };

/** Reads, builds, admits and writes on condition that nobody wrote between. What changes nothing is not written. */
export async function change(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
  build: Build,
): Promise<ApiResponse> {
  refuseVirtual(target);
  const key = keyOf(target, request.name ?? '');
  const dryRun = isDryRun(request.options);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const current = ports.store.get(key);
    if (!current) throw notFound(target.kind, request.name ?? '');
    const { given, warnings: fieldWarnings } = build(current.object);
    checkRevision(target, current, given);
    const admitted = admitChange(target, current.object, completed(target, current.object, given));
    const { object: next, release } = allocate(ports.services, target, admitted);
    const warnings = [...fieldWarnings, ...honestWarnings(target, next, current.object)];
    const same = jsonEqual(next, current.object);
    if (same || dryRun) release();
    if (same) return answerStored(200, current, warnings);
    if (dryRun) return answerObject(200, next, warnings);
    const write = writeOf(target, current, next);
    const outcome = await commitWrite(ports, request, target, write).finally(release);
    if (outcome.ok) return answerStored(200, outcome.stored, warnings);
  }
  throw conflict(target.kind, request.name ?? '', modified);
}

/** What the server gave a Service, a client need not repeat. */
function completed({ kind, subresource }: Target, current: KubeObject, given: KubeObject): KubeObject {
  return subresource === undefined && isService(kind) ? carriedOver(current, given) : given;
}

function checkRevision({ kind }: Target, current: StoredObject, given: KubeObject): void {
  const { resourceVersion, name } = given.metadata;
  if (!resourceVersion || resourceVersion === current.object.metadata.resourceVersion) return;
  throw conflict(kind, name ?? current.object.metadata.name, modified);
}

function writeOf(target: Target, current: StoredObject, next: KubeObject): Transaction {
  const { key, revision } = current;
  const released = isReleased(target.kind, current.object, next);
  const write = released ? ({ type: 'delete', key } as const) : ({ type: 'put', key, object: next } as const);
  return { conditions: [{ key, revision }], writes: [write] };
}
