import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonMergePatch, jsonPatch, PatchError, strategicMerge } from '@bramble/protocol/schema/index.ts';
import type { PipelinePorts } from '../ports.ts';
import { readObject } from '../read-object.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest, failure, StatusError, unsupportedMediaType } from '../status.ts';
import type { Target } from '../target.ts';
import { change } from './change.ts';

/** PATCH, of three kinds. It is tried again when the object changed meanwhile, unless it names a revision. */
export function patch(ports: PipelinePorts, target: Target, request: ApiRequest): Promise<ApiResponse> {
  if (request.patchType === 'apply') throw noServerSideApply();
  return change(ports, target, request, (current) => {
    const patched = applyPatch(request, current, () => strategicMerge(target.kind, current, request.body));
    const { object, warnings } = readObject(target.kind, request, patched);
    return { given: object, warnings };
  });
}

function noServerSideApply(): StatusError {
  return unsupportedMediaType(
    'server-side apply (application/apply-patch+yaml) is not supported yet: use `kubectl apply` without --server-side',
  );
}

/** The object after the patch; `strategic` carries out the kind's own way of merging. */
export function applyPatch(request: ApiRequest, current: KubeObject, strategic: () => unknown): unknown {
  if (request.patchType === 'apply') throw noServerSideApply();
  try {
    if (request.patchType === 'json') return jsonPatch(current, request.body);
    if (request.patchType === 'merge') return jsonMergePatch(current, request.body);
    return strategic();
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.problem === 'malformed') throw badRequest(`error decoding patch: ${error.message}`);
    const message = `the server rejected our request due to an error in our request: ${error.message}`;
    throw new StatusError(failure(422, 'Invalid', message));
  }
}
