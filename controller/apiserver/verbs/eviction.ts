import { checkMessage, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, objectAt } from '@bramble/protocol/schema/json.ts';
import { answerStatus } from '../answers.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest, invalid, success } from '../status.ts';
import type { Target } from '../target.ts';
import { deleteOptions, remove } from './delete.ts';

/** POST pods/{name}/eviction (policy/v1), as `kubectl drain` does: a deletion. Disruption budgets come later. */
export async function evict(ports: PipelinePorts, target: Target, request: ApiRequest): Promise<ApiResponse> {
  const { body } = request;
  if (!isObject(body)) throw badRequest('the body of the request must be an Eviction');
  const { causes } = checkMessage(messageOf('policy.v1.Eviction'), body);
  if (causes.length > 0) throw invalid('Eviction.policy', '', causes);
  const named = objectAt(body, 'metadata')['name'];
  if (named !== undefined && named !== request.name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${String(named)}`);
  }
  const options = deleteOptions(request.options, body['deleteOptions']);
  await remove(ports, { ...target, subresource: undefined }, request, options);
  return answerStatus(success(201), options.warnings);
}
