import type { LabelSelector, LabelSelectorRequirement } from '../schema/types.generated.ts';

type Labels = Readonly<Record<string, string>>;

/** Meta/v1 LabelSelector: all of its requirements hold. An absent selector matches nothing, an empty one everything. */
export function selectorMatches(
  selector: LabelSelector | null | undefined,
  labels: Labels | null | undefined,
): boolean {
  return selectorMatcher(selector)(labels);
}

/** The same for many objects: what there is to work out about the selector is worked out once. */
export function selectorMatcher(
  selector: LabelSelector | null | undefined,
): (labels: Labels | null | undefined) => boolean {
  if (!selector) return () => false;
  const plain = Object.entries(selector.matchLabels ?? {});
  const others = selector.matchExpressions ?? [];
  return (labels) => {
    const has = labels ?? {};
    if (!plain.every(([key, value]) => Object.hasOwn(has, key) && has[key] === value)) return false;
    return others.every((requirement) => requirementMatches(requirement, has));
  };
}

function requirementMatches({ key, operator, values }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const among = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return among;
    case 'NotIn':
      return !among;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** As a query string and `kubectl get -l` take it: `app=web,tier in (a,b),!old`. */
export function selectorText(selector: LabelSelector | null | undefined): string {
  const plain = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(requirementText);
  return [...plain, ...others].sort().join(',');
}

function requirementText({ key, operator, values }: LabelSelectorRequirement): string {
  const members = [...(values ?? [])].sort().join(',');
  if (operator === 'In') return `${key} in (${members})`;
  if (operator === 'NotIn') return `${key} notin (${members})`;
  return operator === 'Exists' ? key : `!${key}`;
}
