import type { Causes } from '../causes.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../types.generated.ts';
import { validateLabels } from './metadata.ts';
import { labelValue, qualifiedName } from './names.ts';

/** `ValidateLabelSelector` of Kubernetes' apimachinery. */
export function validateLabelSelector(
  causes: Causes,
  path: string,
  selector: LabelSelector | null | undefined,
): void {
  validateLabels(causes, `${path}.matchLabels`, selector?.matchLabels);
  for (const [at, requirement] of (selector?.matchExpressions ?? []).entries())
    validateRequirement(causes, `${path}.matchExpressions[${at}]`, requirement);
}

function validateRequirement(causes: Causes, path: string, requirement: LabelSelectorRequirement): void {
  const { key, operator } = requirement;
  const values = requirement.values ?? [];
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    if (values.length === 0) causes.required(`${path}.values`, detail);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (values.length > 0) causes.forbidden(`${path}.values`, detail);
  } else {
    causes.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator');
  }
  causes.invalidEach(`${path}.key`, key, qualifiedName(key ?? ''));
  for (const [at, value] of values.entries())
    causes.invalidEach(`${path}.values[${at}]`, value, labelValue(value));
}

/** Whether it names nothing and so would match everything. */
export function isEmptySelector(selector: LabelSelector | null | undefined): boolean {
  const labels = Object.keys(selector?.matchLabels ?? {}).length;
  return labels + (selector?.matchExpressions ?? []).length === 0;
}
