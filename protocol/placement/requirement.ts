import type { NodeSelectorRequirement } from '../schema/types.generated.ts';

/** Kubernetes core/v1 NodeSelectorRequirement; `actual` is the label's value, `undefined` where there is none. */
export function requirementHolds(
  { operator, values = [] }: NodeSelectorRequirement,
  actual: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
      return compares(actual, values[0], (a, b) => a > b);
    case 'Lt':
      return compares(actual, values[0], (a, b) => a < b);
    default:
      return false;
  }
}

function compares(
  a: string | undefined,
  b: string | undefined,
  test: (a: number, b: number) => boolean,
): boolean {
  const integer = /^-?\d+$/;
  return (
    a !== undefined && b !== undefined && integer.test(a) && integer.test(b) && test(Number(a), Number(b))
  );
}
