import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import type { StoredObject, Transaction } from '../../store/types.ts';
import { answerObject, answerStatus, answerStored } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { type DeletionPlan, type Propagation, planDeletion } from '../deletion.ts';
import { refuseImmortal } from '../namespaces.ts';
import { integer, isDryRun, type Options } from '../options.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest, conflict, invalid, modified, notFound, success } from '../status.ts';
import { strategyOf } from '../strategies.ts';
import { keyOf, type Target } from '../target.ts';
import { refuseVirtual } from './leases.ts';

export interface DeleteOptions {
  readonly graceSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
  readonly propagation: Propagation | undefined;
  readonly warnings: readonly string[];
}

/** DeleteOptions (meta/v1) of the body, and what the query says in their stead. */
export function deleteOptions(options: Options, body: unknown): DeleteOptions {
  const given = body === undefined || body === null ? {} : body;
  if (!isObject(given)) throw badRequest('the body of a deletion must be DeleteOptions');
  const { causes } = checkMessage(messageOf('meta.v1.DeleteOptions'), given);
  if (causes.length > 0) throw invalid('DeleteOptions.meta.k8s.io', '', causes);
  const preconditions = objectAt(given, 'preconditions');
  const grace = given['gracePeriodSeconds'] ?? integer(options, 'gracePeriodSeconds');
  return {
    graceSeconds: grace as number | undefined,
    uid: preconditions['uid'] as string | undefined,
    resourceVersion: preconditions['resourceVersion'] as string | undefined,
    dryRun: isDryRun(options) || listAt(given, 'dryRun').includes('All'),
    propagation: propagationOf(given, options),
    warnings: [],
  };
}

/** `orphanDependents` is the older way to say it. */
function propagationOf(given: JsonObject, options: Options): Propagation | undefined {
  const policy = given['propagationPolicy'] ?? options['propagationPolicy'];
  const orphans = given['orphanDependents'] ?? options['orphanDependents'];
  if (policy === undefined || policy === null || policy === '') {
    if (orphans === undefined || orphans === null) return undefined;
    return orphans === true || orphans === 'true' ? 'Orphan' : 'Background';
  }
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') return policy;
  const detail = 'supported values: "Background", "Foreground", "Orphan"';
  const message = `Unsupported value: ${JSON.stringify(policy)}: ${detail}`;
  const cause = { reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' };
  throw invalid('DeleteOptions.meta.k8s.io', '', [cause]);
}

/** Tries when somebody else writes the object at the same moment. */
const maxAttempts = 10;

export async function remove(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
  options: DeleteOptions = deleteOptions(request.options, request.body),
): Promise<ApiResponse> {
  const name = request.name ?? '';
  refuseVirtual(target);
  refuseImmortal(target.kind, name);
  const key = keyOf(target, name);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const current = ports.store.get(key);
    if (!current) throw notFound(target.kind, name);
    checkPreconditions(target, current, options);
    const { graceSeconds, propagation } = options;
    const plan = planDeletion(target.kind, current.object, graceSeconds, ports.host.now(), propagation);
    if (plan.type === 'unchanged') return answerStored(200, current, options.warnings);
    if (options.dryRun) return dryAnswer(target, current, plan, options);
    const outcome = await commitWrite(ports, request, target, writeOf(current, plan));
    if (outcome.ok) return answerFor(target, plan, outcome.stored, options);
  }
  throw conflict(target.kind, name, modified);
}

export function checkPreconditions({ kind }: Target, { object }: StoredObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`;
    throw conflict(kind, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}`;
    throw conflict(kind, name, `${why}, ResourceVersion in object meta: ${resourceVersion}`);
  }
}

function writeOf({ key, revision }: StoredObject, plan: DeletionPlan): Transaction {
  const write =
    plan.type === 'mark'
      ? ({ type: 'put', key, object: plan.object } as const)
      : ({ type: 'delete', key } as const);
  return { conditions: [{ key, revision }], writes: [write] };
}

function answerFor(
  target: Target,
  plan: DeletionPlan,
  stored: StoredObject,
  { warnings }: DeleteOptions,
): ApiResponse {
  const { kind } = target;
  if (plan.type === 'mark' || strategyOf(kind).answersDeleted) return answerStored(200, stored, warnings);
  const { name, uid = '' } = stored.object.metadata;
  const group = kind.group === '' ? {} : { group: kind.group };
  return answerStatus(success(200, { name, ...group, kind: kind.plural, uid }), warnings);
}

function dryAnswer(
  target: Target,
  current: StoredObject,
  plan: DeletionPlan,
  options: DeleteOptions,
): ApiResponse {
  if (plan.type === 'mark') return answerObject(200, plan.object, options.warnings);
  return answerFor(target, plan, current, options);
}
