import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';

const counted = ['cpu', 'memory'] as const;

/** Quality of service as Kubernetes derives it from requests and limits. Expects a pruned, defaulted pod spec. */
export function qosClass(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].filter(isObject);
  const amounts = containers.map((container) => {
    const resources = objectAt(container, 'resources');
    return { requests: objectAt(resources, 'requests'), limits: objectAt(resources, 'limits') };
  });
  const asks = (list: JsonObject) => counted.some((name) => isAmount(list[name]));
  if (!amounts.some(({ requests, limits }) => asks(requests) || asks(limits))) return 'BestEffort';
  const guaranteed = amounts.every(({ requests, limits }) =>
    counted.every((name) => isAmount(limits[name]) && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function isAmount(value: unknown): boolean {
  return value !== undefined && value !== '0';
}
