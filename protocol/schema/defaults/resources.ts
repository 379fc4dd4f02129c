import { isObject, type JsonObject, objectAt } from '../json.ts';

/** What is limited but not requested is requested in full. */
export function requestsFromLimits(resources: JsonObject): JsonObject {
  const limits = resources['limits'];
  if (!isObject(limits)) return resources;
  return { ...resources, requests: { ...limits, ...objectAt(resources, 'requests') } };
}
