import type { Causes } from '../causes.ts';
import { parseQuantity } from '../quantity.ts';
import type { Event, Lease, Namespace, Node } from '../types.generated.ts';
import { labelValue, qualifiedName } from './names.ts';
import { checkNotNegative, isSet } from './numbers.ts';
import { taintEffects } from './scheduling.ts';

export function validateNamespace(causes: Causes, namespace: Namespace): void {
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    // Kubernetes' own finalizer is the one that needs no domain.
    if (finalizer !== 'kubernetes')
      causes.invalidEach('spec.finalizers', finalizer, qualifiedName(finalizer));
  }
}

export function validateNode(causes: Causes, node: Node): void {
  const seen = new Set<string>();
  for (const [at, taint] of (node.spec?.taints ?? []).entries()) {
    const path = `spec.taints[${at}]`;
    causes.invalidEach(`${path}.key`, taint.key, qualifiedName(taint.key ?? ''));
    if (taint.value) causes.invalidEach(`${path}.value`, taint.value, labelValue(taint.value));
    if (!taint.effect) causes.required(`${path}.effect`);
    else if (!taintEffects.includes(taint.effect))
      causes.notSupported(`${path}.effect`, taint.effect, taintEffects);
    const key = `${taint.key}:${taint.effect}`;
    if (seen.has(key)) causes.duplicate(path, taint);
    seen.add(key);
  }
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [resource, quantity] of Object.entries(node.status?.[list] ?? {})) {
      if (parseQuantity(String(quantity ?? '0')).nano >= 0n) continue;
      causes.invalid(`status.${list}[${resource}]`, quantity, 'must be greater than or equal to 0');
    }
  }
}

export function validateLease(causes: Causes, lease: Lease): void {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = lease.spec ?? {};
  if (isSet(leaseDurationSeconds) && leaseDurationSeconds <= 0) {
    causes.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0');
  }
  checkNotNegative(causes, 'spec.leaseTransitions', leaseTransitions);
  if (holderIdentity === '') causes.invalid('spec.holderIdentity', holderIdentity, 'must not be empty');
}

/** An event stands in the namespace of what it is about; one about something without a namespace, in `default`. */
export function validateEvent(causes: Causes, event: Event): void {
  const about = event.involvedObject?.namespace ?? '';
  const own = event.metadata?.namespace ?? '';
  if (about === own || (about === '' && (own === 'default' || own === 'kube-system'))) return;
  causes.invalid('involvedObject.namespace', about, 'does not match event.namespace');
}
