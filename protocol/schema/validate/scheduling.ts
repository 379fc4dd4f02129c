import type { Causes } from '../causes.ts';
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../types.generated.ts';
import { dns1123Subdomain, labelValue, qualifiedName } from './names.ts';
import { checkOneOf, isSet } from './numbers.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(causes: Causes, path: string, tolerations: readonly Toleration[]): void {
  for (const [at, toleration] of tolerations.entries())
    validateToleration(causes, `${path}[${at}]`, toleration);
}

function validateToleration(causes: Causes, path: string, toleration: Toleration): void {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  if (key) causes.invalidEach(`${path}.key`, key, qualifiedName(key));
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    causes.invalid(`${path}.operator`, operator ?? '', detail);
  }
  if (isSet(tolerationSeconds) && effect !== 'NoExecute') {
    causes.invalid(
      `${path}.effect`,
      effect ?? '',
      "effect must be 'NoExecute' when `tolerationSeconds` is set",
    );
  }
  checkOneOf(causes, `${path}.operator`, operator, ['Equal', 'Exists']);
  if (operator === 'Exists') {
    if (value)
      causes.invalid(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'");
  } else if (value) {
    causes.invalidEach(`${path}.operator`, value, labelValue(value));
  }
  checkOneOf(causes, `${path}.effect`, effect, taintEffects);
}

export function validateAffinity(causes: Causes, path: string, affinity: Affinity): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) {
    const field = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const terms = required.nodeSelectorTerms ?? [];
    if (terms.length === 0) causes.required(field, 'must have at least one node selector term');
    for (const [at, term] of terms.entries()) validateTerm(causes, `${field}[${at}]`, term);
  }
  const preferred = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [at, { weight, preference }] of preferred.entries()) {
    const field = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${at}]`;
    checkWeight(causes, field, weight);
    validateTerm(causes, `${field}.preference`, preference ?? {});
  }
  validatePodAffinity(causes, `${path}.podAffinity`, podAffinity ?? {});
  validatePodAffinity(causes, `${path}.podAntiAffinity`, podAntiAffinity ?? {});
}

function validateTerm(causes: Causes, path: string, term: NodeSelectorTerm): void {
  for (const [at, requirement] of (term.matchExpressions ?? []).entries()) {
    const item = `${path}.matchExpressions[${at}]`;
    validateValues(causes, item, requirement);
    causes.invalidEach(`${item}.key`, requirement.key, qualifiedName(requirement.key ?? ''));
    for (const [valueAt, value] of (requirement.values ?? []).entries()) {
      causes.invalidEach(`${item}.values[${valueAt}]`, value, labelValue(value));
    }
  }
  for (const [at, requirement] of (term.matchFields ?? []).entries()) {
    validateFieldRequirement(causes, `${path}.matchFields[${at}]`, requirement);
  }
}

function validateValues(causes: Causes, path: string, { operator, values }: NodeSelectorRequirement): void {
  const count = (values ?? []).length;
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0)
      causes.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (count > 0) causes.forbidden(`${path}.values`, detail);
  } else if (operator === 'Gt' || operator === 'Lt') {
    const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
    if (count !== 1) causes.required(`${path}.values`, detail);
  } else {
    causes.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator');
  }
}

/** Fields of a node that can be selected by: its name alone. */
function validateFieldRequirement(causes: Causes, path: string, requirement: NodeSelectorRequirement): void {
  const { key, operator, values } = requirement;
  if (operator !== 'In' && operator !== 'NotIn') {
    causes.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator');
  } else if ((values ?? []).length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    causes.required(`${path}.values`, detail);
  }
  if (key !== 'metadata.name') causes.invalid(`${path}.key`, key ?? '', 'not a valid field selector key');
  else
    for (const [at, value] of (values ?? []).entries()) {
      causes.invalidEach(`${path}.values[${at}]`, value, dns1123Subdomain(value));
    }
}

function validatePodAffinity(causes: Causes, path: string, affinity: PodAffinity): void {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [at, term] of required.entries()) {
    validatePodTerm(causes, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${at}]`, term);
  }
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [at, { weight, podAffinityTerm }] of preferred.entries()) {
    const field = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${at}]`;
    checkWeight(causes, field, weight);
    validatePodTerm(causes, `${field}.podAffinityTerm`, podAffinityTerm);
  }
}

function validatePodTerm(causes: Causes, path: string, term: PodAffinityTerm | null | undefined): void {
  const topologyKey = term?.topologyKey;
  if (!topologyKey) causes.required(`${path}.topologyKey`, 'can not be empty');
  else causes.invalidEach(`${path}.topologyKey`, topologyKey, qualifiedName(topologyKey));
}

function checkWeight(causes: Causes, path: string, weight: number | null | undefined): void {
  const given = weight ?? 0;
  if (given < 1 || given > 100) causes.invalid(`${path}.weight`, given, 'must be in the range 1-100');
}

export function validateSpread(
  causes: Causes,
  path: string,
  constraints: readonly TopologySpreadConstraint[],
): void {
  for (const [at, { maxSkew, topologyKey, whenUnsatisfiable }] of constraints.entries()) {
    const item = `${path}[${at}]`;
    if (!(maxSkew > 0)) causes.invalid(`${item}.maxSkew`, maxSkew ?? 0, 'must be greater than zero');
    if (!topologyKey) causes.required(`${item}.topologyKey`, 'can not be empty');
    else causes.invalidEach(`${item}.topologyKey`, topologyKey, qualifiedName(topologyKey));
    const supported = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!supported.includes(whenUnsatisfiable)) {
      causes.notSupported(`${item}.whenUnsatisfiable`, whenUnsatisfiable ?? '', supported);
    }
  }
}
