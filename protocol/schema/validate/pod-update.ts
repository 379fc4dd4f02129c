import type { Causes } from '../causes.ts';
import { jsonEqual } from '../json.ts';
import type { Container, Pod, PodSpec, Toleration } from '../types.generated.ts';
import { isSet } from './numbers.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** `ValidatePodUpdate`: a pod's spec is fixed when it is created, but for a few fields. */
export function validatePodUpdate(causes: Causes, old: Pod, changed: Pod): void {
  const before: Partial<PodSpec> = old.spec ?? {};
  const after: Partial<PodSpec> = changed.spec ?? {};
  for (const list of ['containers', 'initContainers'] as const) {
    if ((before[list] ?? []).length === (after[list] ?? []).length) continue;
    causes.forbidden(`spec.${list}`, 'pod updates may not add or remove containers');
    return;
  }
  validateDeadline(causes, before, after);
  validateTolerationChanges(causes, before.tolerations ?? [], after.tolerations ?? []);
  const differing = differences(before, withoutAllowed(before, after));
  if (differing.length === 0) return;
  const detail = `pod updates may not change fields other than ${changeable}\n${differing.join('\n')}`;
  causes.forbidden('spec', detail);
}

function validateDeadline(causes: Causes, before: Partial<PodSpec>, after: Partial<PodSpec>): void {
  const field = 'spec.activeDeadlineSeconds';
  const old = before.activeDeadlineSeconds;
  const changed = after.activeDeadlineSeconds;
  if (!isSet(old)) return;
  if (!isSet(changed)) causes.invalid(field, null, 'must not update from a positive integer to nil value');
  else if (changed > old) causes.invalid(field, changed, 'must be less than or equal to previous value');
}

function validateTolerationChanges(
  causes: Causes,
  before: readonly Toleration[],
  after: readonly Toleration[],
): void {
  const known = new Set(after.map(withoutSeconds));
  if (before.every((toleration) => known.has(withoutSeconds(toleration)))) return;
  causes.forbidden(
    'spec.tolerations',
    'existing toleration can not be modified except its tolerationSeconds',
  );
}

function withoutSeconds({ key, operator, value, effect }: Toleration): string {
  return JSON.stringify([key ?? '', operator || 'Equal', value ?? '', effect ?? '']);
}

/** The new spec with every permitted change undone. */
function withoutAllowed(before: Partial<PodSpec>, after: Partial<PodSpec>): Partial<PodSpec> {
  const graceMended =
    (before.terminationGracePeriodSeconds ?? 0) < 0 && after.terminationGracePeriodSeconds === 1;
  return {
    ...after,
    containers: withOldImages(before.containers, after.containers),
    ...(after.initContainers && {
      initContainers: withOldImages(before.initContainers, after.initContainers),
    }),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    ...(graceMended && { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds }),
  };
}

function withOldImages(
  before: readonly Container[] = [],
  after: readonly Container[] = [],
): readonly Container[] {
  return after.map((container, at) => ({ ...container, image: before[at]?.image }));
}

const maxShown = 10;

/** The paths that differ, one level into containers, since that is where people look. */
function differences(before: Partial<PodSpec>, after: Partial<PodSpec>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof PodSpec)[]);
  const differing = [...keys].filter((key) => !jsonEqual(before[key], after[key]));
  return differing.flatMap((key) => pathsOf(key, before, after)).slice(0, maxShown);
}

function pathsOf(key: keyof PodSpec, before: Partial<PodSpec>, after: Partial<PodSpec>): string[] {
  if (key !== 'containers' && key !== 'initContainers') return [`spec.${key}`];
  return (after[key] ?? []).flatMap((container, at) => {
    const old: Partial<Container> = before[key]?.[at] ?? {};
    const fields = new Set([...Object.keys(old), ...Object.keys(container)] as (keyof Container)[]);
    const differing = [...fields].filter((field) => !jsonEqual(old[field], container[field]));
    return differing.map((field) => `spec.${key}[${at}].${field}`);
  });
}
