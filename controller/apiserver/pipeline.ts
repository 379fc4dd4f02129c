import { usageKind } from '@bramble/protocol/usage-kinds.ts';
import { answerStatus } from './answers.ts';
import { type Attributes, isAllowed, refusal } from './authorize.ts';
import type { PipelinePorts } from './ports.ts';
import type { ApiRequest, ApiResponse, UserInfo } from './request.ts';
import { failure, internalError, methodNotSupported, StatusError } from './status.ts';
import { resolveTarget, type Target } from './target.ts';
import { bind } from './verbs/binding.ts';
import { create } from './verbs/create.ts';
import { remove } from './verbs/delete.ts';
import { removeCollection } from './verbs/delete-collection.ts';
import { evict } from './verbs/eviction.ts';
import { patch } from './verbs/patch.ts';
import { get, list } from './verbs/read.ts';
import { answerReview, reviewOf } from './verbs/reviews.ts';
import { scale } from './verbs/scale.ts';
import { update } from './verbs/update.ts';
import { watch } from './verbs/watch.ts';
import { answerUsage } from './virtual/usage.ts';

/**
 * What becomes of a request, whichever way it came: authorize → resolve the kind → decode and validate → admit → store.
 * It holds no state of its own: conditions on revisions keep concurrent requests apart.
 */
export class ApiPipeline {
  readonly #ports: PipelinePorts;

  constructor(ports: PipelinePorts) {
    this.#ports = ports;
  }

  /** Never rejects: what goes wrong is an answer of type `status`. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    try {
      return await this.#run(request);
    } catch (error) {
      if (error instanceof StatusError) return answerStatus(error.status);
      return this.#unexpected(error, request);
    }
  }

  /** For what is no object of the store, such as a pod's log: throws the 403 if the user may not. */
  authorize(user: UserInfo, attributes: Attributes): void {
    authorize(user, attributes);
  }

  async #run(request: ApiRequest): Promise<ApiResponse> {
    authorize(request.user, request);
    const review = reviewOf(request);
    if (review && request.verb === 'create') return answerReview(review, request);
    const measured = usageKind(request);
    if (measured) return answerUsage(this.#ports, measured, request);
    return dispatch(this.#ports, resolveTarget(request), request);
  }

  /** A broken assumption of ours: told to the log in full, and to the client without what may be secret. */
  #unexpected(error: unknown, request: ApiRequest): ApiResponse {
    const { verb, resource, namespace, name } = request;
    this.#ports.host.log({
      level: 'error',
      from: 'apiserver',
      message: 'a request failed unexpectedly',
      fields: {
        verb,
        resource,
        namespace,
        name,
        error: error instanceof Error ? error.stack : String(error),
      },
    });
    return answerStatus(internalError('the controller’s log says more'));
  }
}

function authorize(user: UserInfo, attributes: Attributes): void {
  if (isAllowed(user, attributes)) return;
  const { group, resource, name } = attributes;
  const subject = group === '' ? resource : `${resource}.${group}`;
  const message = `${subject}${name ? ` "${name}"` : ''} is forbidden: ${refusal(user, attributes)}`;
  const details = { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource };
  throw new StatusError(failure(403, 'Forbidden', message, details));
}

function dispatch(
  ports: PipelinePorts,
  target: Target,
  request: ApiRequest,
): ApiResponse | Promise<ApiResponse> {
  if (target.subresource === 'binding') return bind(ports, target, request);
  if (target.subresource === 'eviction') return evict(ports, target, request);
  if (target.subresource === 'scale') return scale(ports, target, request);
  switch (request.verb) {
    case 'get':
      return get(ports, target, request);
    case 'list':
      return list(ports, target, request);
    case 'watch':
      return watch(ports, target, request);
    case 'create':
      return create(ports, target, request);
    case 'update':
      return update(ports, target, request);
    case 'patch':
      return patch(ports, target, request);
    case 'delete':
      return remove(ports, target, request);
    case 'deletecollection':
      return removeCollection(ports, target, request);
    default:
      throw methodNotSupported(target.kind, request.verb);
  }
}
