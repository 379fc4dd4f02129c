import type { KubeObject } from '@bramble/protocol/kube.ts';
import { checkMessage, jsonMergePatch, messageOf } from '@bramble/protocol/schema/index.ts';
import { isObject, type JsonObject, objectAt } from '@bramble/protocol/schema/json.ts';
import type { LabelSelector } from '@bramble/protocol/schema/types.generated.ts';
import { selectorText } from '@bramble/protocol/workloads/label-selector.ts';
import { answerObject } from '../answers.ts';
import type { PipelinePorts } from '../ports.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { badRequest, invalid, notFound } from '../status.ts';
import { keyOf, type Target } from '../target.ts';
import { change } from './change.ts';
import { applyPatch } from './patch.ts';

/** `{name}/scale`: the count of replicas alone, as `kubectl scale` and autoscalers read and write it (autoscaling/v1). */
export async function scale(ports: PipelinePorts, target: Target, request: ApiRequest): Promise<ApiResponse> {
  if (request.verb === 'get') {
    const stored = ports.store.get(keyOf(target, request.name ?? ''));
    if (!stored) throw notFound(target.kind, request.name ?? '');
    return answerObject(200, scaleOf(stored.object));
  }
  const whole = { ...target, subresource: undefined };
  const answer = await change(ports, whole, request, (current) => ({
    given: withScale(current, scaleAfter(request, current)),
    warnings: [],
  }));
  return answer.type === 'object' ? answerObject(200, scaleOf(answer.object)) : answer;
}

function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = objectAt(object, 'spec');
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    spec: { replicas: spec['replicas'] ?? 0 },
    status: {
      replicas: objectAt(object, 'status')['replicas'] ?? 0,
      selector: selectorText(spec['selector'] as LabelSelector | undefined),
    },
  };
}

/** What the request makes of the scale as it stands. */
function scaleAfter(request: ApiRequest, current: KubeObject): JsonObject {
  const asked = request.verb === 'patch' ? patched(request, scaleOf(current)) : request.body;
  if (!isObject(asked)) throw badRequest('the body of the request must be a Scale');
  const { causes } = checkMessage(messageOf('autoscaling.v1.Scale'), asked);
  if (causes.length > 0) throw invalid('Scale.autoscaling', request.name ?? '', causes);
  const { name } = objectAt(asked, 'metadata');
  if (name !== undefined && name !== request.name)
    throw badRequest(
      `the name of the object (${String(name)}) does not match the name on the URL (${request.name})`,
    );
  const replicas = Number(objectAt(asked, 'spec')['replicas'] ?? 0);
  if (replicas >= 0) return asked;
  const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
  throw invalid('Scale.autoscaling', request.name ?? '', [
    { reason: 'FieldValueInvalid', message, field: 'spec.replicas' },
  ]);
}

/** A scale has no lists to merge: both ways of merging are one. */
function patched(request: ApiRequest, scaleNow: KubeObject): unknown {
  return applyPatch(request, scaleNow, () => jsonMergePatch(scaleNow, request.body));
}

function withScale(current: KubeObject, asked: JsonObject): KubeObject {
  const replicas = objectAt(asked, 'spec')['replicas'] ?? 0;
  const { resourceVersion, uid } = objectAt(asked, 'metadata');
  const { resourceVersion: _, ...metadata } = current.metadata;
  const conditions = {
    ...(typeof resourceVersion === 'string' && { resourceVersion }),
    ...(typeof uid === 'string' && { uid }),
  };
  return {
    ...current,
    metadata: { ...metadata, ...conditions },
    spec: { ...objectAt(current, 'spec'), replicas },
  };
}
