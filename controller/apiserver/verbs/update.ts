import type { PipelinePorts } from '../ports.ts';
import { readObject } from '../read-object.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest } from '../status.ts';
import { strategyOf } from '../strategies.ts';
import { keyOf, type Target } from '../target.ts';
import { change } from './change.ts';
import { create } from './create.ts';

/** PUT: the whole object, on condition of its resourceVersion if it names one. */
export async function update(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
): Promise<ApiResponse> {
  const { object: given, warnings } = readObject(target.kind, request, request.body);
  if (!given.metadata.name) throw badRequest('name must be provided');
  const missing = ports.store.get(keyOf(target, request.name ?? '')) === undefined;
  const creates = missing && target.subresource === undefined && strategyOf(target.kind).createdByUpdate;
  if (creates && given.metadata.name === request.name) return create(ports, target, request);
  return change(ports, target, request, () => ({ given, warnings }));
}
