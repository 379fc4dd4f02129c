import type { KubeObject } from '@bramble/protocol/kube.ts';
import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, objectAt } from '@bramble/protocol/schema/json.ts';
import type { StoredObject, Transaction, Write } from '../../store/types.ts';
import { type Budget, budgetOf, mayGoUnhealthy, protects } from '../../workloads/budget.ts';
import type { BudgetObject, PodObject } from '../../workloads/objects.ts';
import { isActive } from '../../workloads/pod-facts.ts';
import { wantedPods } from '../../workloads/wanted-pods.ts';
import { answerStatus } from '../answers.ts';
import { commitWrite } from '../commit.ts';
import { planDeletion } from '../deletion.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import {
  badRequest,
  conflict,
  failure,
  internalError,
  invalid,
  modified,
  notFound,
  StatusError,
  success,
} from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { timeOf } from '../time.ts';
import { checkPreconditions, type DeleteOptions, deleteOptions } from './delete.ts';

/** Tries when somebody else writes the pod or the budget at the same moment. */
const maxAttempts = 20;

/**
 * POST pods/{name}/eviction (policy/v1), as `kubectl drain` does: a deletion that a disruption budget may refuse. What
 * is allowed is worked out from the pods as they are, and the budget is written in the same transaction: two evictions
 * at once cannot both take the last one.
 */
export async function evict(ports: PipelinePorts, target: Target, request: ApiRequest): Promise<ApiResponse> {
  const options = readEviction(request);
  const name = request.name ?? '';
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const current = ports.store.get(keyOf(target, name));
    if (!current) throw notFound(target.kind, name);
    checkPreconditions(target, current, options);
    const budget = isActive(current.object as PodObject) ? spend(ports, current) : undefined;
    const transaction = removal(ports, target, current, options);
    if (!transaction || options.dryRun) break;
    const outcome = await commitWrite(ports, request, target, joined(transaction, budget));
    if (outcome.ok) break;
    if (attempt === maxAttempts) throw conflict(target.kind, name, modified, 'eviction');
  }
  return answerStatus(success(201));
}

function readEviction({ body, name, options }: ApiRequest): DeleteOptions {
  if (!isObject(body)) throw badRequest('the body of the request must be an Eviction');
  const { causes } = checkMessage(messageOf('policy.v1.Eviction'), body);
  if (causes.length > 0) throw invalid('Eviction.policy', '', causes);
  const named = objectAt(body, 'metadata')['name'];
  if (named !== undefined && named !== name)
    throw badRequest(`name in URL does not match name in Eviction object: ${String(named)}`);
  return deleteOptions(options, body['deleteOptions']);
}

function removal(
  ports: PipelinePorts,
  target: Target,
  { key, revision, object }: StoredObject,
  { graceSeconds, propagation }: DeleteOptions,
): Transaction | undefined {
  const nowMs = ports.host.now();
  const plan = planDeletion(target.kind, object, graceSeconds, nowMs, propagation);
  if (plan.type === 'unchanged') return undefined;
  const write: Write =
    plan.type === 'remove'
      ? { type: 'delete', key }
      : { type: 'put', key, object: withDisruption(plan.object as PodObject, nowMs) };
  return { conditions: [{ key, revision }], writes: [write] };
}

/** Tells whoever replaces the pod why it goes. */
function withDisruption(pod: PodObject, nowMs: number): PodObject {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: timeOf(nowMs),
  };
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}

function joined(one: Transaction, other: Transaction | undefined): Transaction {
  if (!other) return one;
  return { conditions: [...one.conditions, ...other.conditions], writes: [...one.writes, ...other.writes] };
}

/** What evicting this pod takes from its budget. @throws StatusError 429 when nothing is left of it. */
function spend({ store, host }: PipelinePorts, current: StoredObject): Transaction | undefined {
  const pod = current.object as PodObject;
  const { namespace, name } = pod.metadata;
  const budgets = store
    .list(`/registry/poddisruptionbudgets/${namespace}/`)
    .filter(({ object }) => protects(object as BudgetObject, pod));
  const [stored, second] = budgets;
  if (!stored) return undefined;
  if (second) throw new StatusError(internalError(`pod ${name} has more than one PodDisruptionBudget`));
  const budget = stored.object as BudgetObject;
  const pods = store
    .list(`/registry/pods/${namespace}/`)
    .map(({ object }) => object as PodObject)
    .filter((one) => protects(budget, one));
  const now = budgetOf(budget, pods, wantedPods(store, pods));
  if (mayGoUnhealthy(budget, pod, now)) return undefined;
  if (now.disruptionsAllowed <= 0) throw refused(budget, now);
  const object = spent(budget, now, name, timeOf(host.now()));
  return {
    conditions: [{ key: stored.key, revision: stored.revision }],
    writes: [{ type: 'put', key: stored.key, object }],
  };
}

function spent(budget: BudgetObject, now: Budget, pod: string, time: string): KubeObject {
  const disruptedPods = { ...budget.status?.disruptedPods, [pod]: time };
  const disruptionsAllowed = now.disruptionsAllowed - 1;
  return { ...budget, status: { ...budget.status, ...now, disruptionsAllowed, disruptedPods } };
}

/** As Kubernetes words it; kubectl drain waits and asks again. */
function refused({ metadata }: BudgetObject, { desiredHealthy, currentHealthy }: Budget): StatusError {
  const needs = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const message = `The disruption budget ${metadata.name} ${needs}`;
  const causes = [{ reason: 'DisruptionBudget', message, field: '' }];
  const why = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new StatusError(failure(429, 'TooManyRequests', why, { causes }));
}
