import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { StoredObject } from '../store/types.ts';
import type { ApiResponse, Encoded, Status } from './request.ts';

export function answerStored(
  code: 200 | 201,
  stored: Encoded | StoredObject,
  warnings: readonly string[] = [],
): ApiResponse {
  return { type: 'object', code, object: stored.object, json: stored.json, warnings };
}

/** An object that is not in the store as it stands: of a dry run, or computed. */
export function answerObject(
  code: 200 | 201,
  object: KubeObject,
  warnings: readonly string[] = [],
): ApiResponse {
  return { type: 'object', code, object, json: JSON.stringify(object), warnings };
}

export function answerStatus(status: Status, warnings: readonly string[] = []): ApiResponse {
  return { type: 'status', status, warnings };
}
