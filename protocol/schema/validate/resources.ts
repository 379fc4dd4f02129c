import type { Causes } from '../causes.ts';
import { parseQuantity } from '../quantity.ts';
import type { ResourceRequirements } from '../types.generated.ts';
import { qualifiedName } from './names.ts';

const standard = ['cpu', 'memory', 'ephemeral-storage'];

type Quantities = Readonly<Record<string, string>>;

/** Names and sizes, and that nothing requests more than its limit. */
export function validateResources(
  causes: Causes,
  path: string,
  { limits, requests }: ResourceRequirements,
): void {
  validateQuantities(causes, `${path}.limits`, limits ?? {});
  validateQuantities(causes, `${path}.requests`, requests ?? {});
  for (const [resource, request] of Object.entries(requests ?? {})) {
    const limit = Object.hasOwn(limits ?? {}, resource) ? limits?.[resource] : undefined;
    if (limit === undefined || nano(request) <= nano(limit)) continue;
    const detail = `must be less than or equal to ${resource} limit of ${limit}`;
    causes.invalid(`${path}.requests`, request, detail);
  }
}

function validateQuantities(causes: Causes, path: string, quantities: Quantities): void {
  for (const [resource, quantity] of Object.entries(quantities)) {
    const field = `${path}[${resource}]`;
    validateResourceName(causes, field, resource);
    if (nano(quantity) < 0n) causes.invalid(field, quantity, 'must be greater than or equal to 0');
  }
}

/** Kubernetes' own resources, or somebody's under their domain. */
function validateResourceName(causes: Causes, field: string, resource: string): void {
  const faults = qualifiedName(resource);
  causes.invalidEach(field, resource, faults);
  if (faults.length > 0 || standard.includes(resource) || resource.startsWith('hugepages-')) return;
  if (!resource.includes('/')) {
    causes.invalid(field, resource, 'must be a standard resource type or fully qualified');
    causes.invalid(field, resource, 'must be a standard resource for containers');
  }
}

/** Its syntax was checked before; a number is as good as its text. */
function nano(quantity: string | number | null): bigint {
  return parseQuantity(String(quantity ?? '0')).nano;
}
