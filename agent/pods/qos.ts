import { parseQuantity } from '@bramble/protocol/schema/quantity.ts';
import type { Container, Pod } from '@bramble/protocol/schema/types.generated.ts';

const computed = ['cpu', 'memory'];

/** Kubernetes' quality of service class, from the requests and limits of CPU and memory. */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  if (!containers.some(asksForAnything)) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function asksForAnything({ resources }: Container): boolean {
  const lists = [resources?.limits, resources?.requests];
  return computed.some((name) => lists.some((list) => nanoOf(list?.[name]) > 0n));
}

function isGuaranteed({ resources }: Container): boolean {
  return computed.every((name) => {
    const limit = nanoOf(resources?.limits?.[name]);
    const request = resources?.requests?.[name];
    return limit > 0n && (request === undefined || nanoOf(request) === limit);
  });
}

function nanoOf(quantity: string | undefined): bigint {
  return quantity === undefined ? 0n : parseQuantity(quantity).nano;
}
