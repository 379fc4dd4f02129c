import { selectorMatches } from '../../workloads/label-selector.ts';
import { Causes } from '../causes.ts';
import type { LabelSelector, Pod, PodTemplateSpec } from '../types.generated.ts';
import { isEmptySelector, validateLabelSelector } from './label-selector.ts';
import { validateLabels } from './metadata.ts';
import { validatePod } from './pod.ts';

/** A pod's rules for the pod that a template describes, with the template's path in front of each field. */
export function validateTemplate(
  causes: Causes,
  template: PodTemplateSpec | null | undefined,
  restartPolicies: readonly string[],
): void {
  const inner = new Causes();
  validatePod(inner, (template ?? {}) as Pod);
  for (const { reason, field, message } of inner.list)
    causes.add(reason, `spec.template.${field}`, message.replaceAll('"spec.', '"spec.template.spec.'));
  validateLabels(causes, 'spec.template.metadata.labels', template?.metadata?.labels);
  const { restartPolicy } = template?.spec ?? {};
  if (restartPolicy && !restartPolicies.includes(restartPolicy))
    causes.notSupported('spec.template.spec.restartPolicy', restartPolicy, restartPolicies);
}

/** What Deployments, ReplicaSets and DaemonSets ask of their selector: that it names something, and their own pods. */
export function validateOwnSelector(
  causes: Causes,
  kindName: string,
  selector: LabelSelector | null | undefined,
  template: PodTemplateSpec | null | undefined,
): void {
  if (!selector) {
    causes.required('spec.selector');
    return;
  }
  validateLabelSelector(causes, 'spec.selector', selector);
  if (isEmptySelector(selector)) {
    causes.invalid('spec.selector', selector, `empty selector is invalid for ${kindName}`);
    return;
  }
  const labels = template?.metadata?.labels ?? {};
  if (!selectorMatches(selector, labels))
    causes.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
}

/** Pods that are always run again have no deadline of their own. */
export function forbidDeadline(causes: Causes, template: PodTemplateSpec | null | undefined): void {
  const deadline = template?.spec?.activeDeadlineSeconds;
  if (deadline === undefined || deadline === null) return;
  causes.forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds is not supported here');
}
