import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import type { StoredObject, Transaction } from '../../store/types.ts';
import { answerObject, answerStatus, answerStored } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { type DeletionPlan, planDeletion } from '../deletion.ts';
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
  const propagation = given['propagationPolicy'] ?? options['propagationPolicy'];
  return {
    graceSeconds: grace as number | undefined,
    uid: preconditions['uid'] as string | undefined,
    resourceVersion: preconditions['resourceVersion'] as string | undefined,
    dryRun: isDryRun(options) || listAt(given, 'dryRun').includes('All'),
    warnings: propagationWarnings(propagation),
  };
}

function propagationWarnings(policy: unknown): string[] {
  if (policy === undefined || policy === '' || policy === 'Background') return [];
  return [
    `propagationPolicy: ${String(policy)} is not supported yet; dependents are deleted in the background`,
  ];
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
    const plan = planDeletion(target.kind, current.object, options.graceSeconds, ports.host.now());
    if (plan.type === 'unchanged') return answerStored(200, current, options.warnings);
    if (options.dryRun) return dryAnswer(target, current, plan, options);
    const outcome = await commitWrite(ports, request, target, writeOf(current, plan));
    if (outcome.ok) return answerFor(target, plan, outcome.stored, options);
  }
  throw conflict(target.kind, name, modified);
}

function checkPreconditions({ kind }: Target, { object }: StoredObject, options: DeleteOptions): void {
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
