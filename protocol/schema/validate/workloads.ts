import { type IntOrPercent, percentOf } from '../../workloads/int-or-percent.ts';
import type { Causes } from '../causes.ts';
import type {
  DaemonSet,
  DaemonSetSpec,
  Deployment,
  DeploymentSpec,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicaSetSpec,
} from '../types.generated.ts';
import { validateLabelSelector } from './label-selector.ts';
import { checkNotNegative, checkOneOf, isSet } from './numbers.ts';
import { forbidDeadline, validateOwnSelector, validateTemplate } from './pod-template.ts';

/** `ValidateDeploymentSpec`. */
export function validateDeployment(causes: Causes, deployment: Deployment): void {
  const spec: Partial<DeploymentSpec> = deployment.spec ?? {};
  checkNotNegative(causes, 'spec.replicas', spec.replicas);
  validateOwnSelector(causes, 'deployment', spec.selector, spec.template);
  validateTemplate(causes, spec.template, ['Always']);
  forbidDeadline(causes, spec.template);
  validateStrategy(causes, spec);
  checkNotNegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  checkNotNegative(causes, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  checkNotNegative(causes, 'spec.progressDeadlineSeconds', spec.progressDeadlineSeconds);
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec;
  if (isSet(progressDeadlineSeconds) && progressDeadlineSeconds <= minReadySeconds) {
    const detail = 'must be greater than minReadySeconds';
    causes.invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, detail);
  }
}

function validateStrategy(causes: Causes, { strategy }: Partial<DeploymentSpec>): void {
  const path = 'spec.strategy';
  checkOneOf(causes, `${path}.type`, strategy?.type, ['Recreate', 'RollingUpdate']);
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    if (rolling) causes.forbidden(`${path}.rollingUpdate`, detail);
  } else if (rolling) {
    validateShare(causes, `${path}.rollingUpdate.maxUnavailable`, rolling.maxUnavailable, true);
    validateShare(causes, `${path}.rollingUpdate.maxSurge`, rolling.maxSurge, false);
    if (isNone(rolling.maxUnavailable) && isNone(rolling.maxSurge)) {
      const detail = 'may not be 0 when `maxSurge` is 0';
      causes.invalid(`${path}.rollingUpdate.maxUnavailable`, rolling.maxUnavailable ?? 0, detail);
    }
  }
}

function isNone(value: IntOrPercent | null | undefined): boolean {
  return !isSet(value) || value === 0 || percentOf(value) === 0;
}

/** A count that is not negative, or a percentage; of what may be missing at most all. */
function validateShare(
  causes: Causes,
  field: string,
  value: IntOrPercent | null | undefined,
  ofWhole: boolean,
): void {
  if (!isSet(value)) return;
  if (typeof value === 'number') return checkNotNegative(causes, field, value);
  const percent = percentOf(value);
  if (percent === undefined) {
    const rule = "a valid percent string must be a numeric string followed by an ending '%'";
    causes.invalid(field, value, `${rule} (e.g. '1%', or '93%', regex used for validation is '[0-9]+%')`);
  } else if (ofWhole && percent > 100) causes.invalid(field, value, 'must not be greater than 100%');
}

/** `ValidateReplicaSetSpec`. */
export function validateReplicaSet(causes: Causes, replicaSet: ReplicaSet): void {
  const spec: Partial<ReplicaSetSpec> = replicaSet.spec ?? {};
  checkNotNegative(causes, 'spec.replicas', spec.replicas);
  checkNotNegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  validateOwnSelector(causes, 'deployment', spec.selector, spec.template);
  validateTemplate(causes, spec.template, ['Always']);
  forbidDeadline(causes, spec.template);
}

/** `ValidateDaemonSetSpec`. */
export function validateDaemonSet(causes: Causes, daemonSet: DaemonSet): void {
  const spec: Partial<DaemonSetSpec> = daemonSet.spec ?? {};
  validateOwnSelector(causes, 'daemonset', spec.selector, spec.template);
  validateTemplate(causes, spec.template, ['Always']);
  forbidDeadline(causes, spec.template);
  checkNotNegative(causes, 'spec.minReadySeconds', spec.minReadySeconds);
  checkNotNegative(causes, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const path = 'spec.updateStrategy';
  checkOneOf(causes, `${path}.type`, spec.updateStrategy?.type, ['OnDelete', 'RollingUpdate']);
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (!rolling || spec.updateStrategy?.type === 'OnDelete') return;
  validateShare(causes, `${path}.rollingUpdate.maxUnavailable`, rolling.maxUnavailable, true);
  validateShare(causes, `${path}.rollingUpdate.maxSurge`, rolling.maxSurge, true);
  const surges = !isNone(rolling.maxSurge);
  if (isNone(rolling.maxUnavailable) && !surges) {
    const detail = 'cannot be 0 when maxSurge is 0';
    causes.invalid(`${path}.rollingUpdate.maxUnavailable`, rolling.maxUnavailable ?? 0, detail);
  } else if (surges && !isNone(rolling.maxUnavailable)) {
    const detail = 'may not be set when maxUnavailable is non-zero';
    causes.invalid(`${path}.rollingUpdate.maxSurge`, rolling.maxSurge, detail);
  }
}

/** `ValidatePodDisruptionBudgetSpec`. */
export function validateBudget(causes: Causes, budget: PodDisruptionBudget): void {
  const spec = budget.spec ?? {};
  if (isSet(spec.minAvailable) && isSet(spec.maxUnavailable))
    causes.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set');
  validateShare(causes, 'spec.minAvailable', spec.minAvailable, true);
  validateShare(causes, 'spec.maxUnavailable', spec.maxUnavailable, true);
  validateLabelSelector(causes, 'spec.selector', spec.selector);
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  checkOneOf(causes, 'spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, policies);
}
