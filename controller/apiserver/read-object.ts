import { apiVersionOf, type Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { checkStructure, prune } from '@bramble/protocol/schema/index.ts';
import { isObject, type JsonObject, objectAt } from '@bramble/protocol/schema/json.ts';
import { judgeFields } from './field-validation.ts';
import type { ApiRequest } from './request.ts';
import { badRequest, invalidObject } from './status.ts';

/** An object as it stands in a body: of the right kind and structure, pruned; its meaning is not checked yet. */
export interface ReadObject {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/** Reads a body, or the outcome of a patch. Throws a StatusError that names every field that is wrong. */
export function readObject(kind: Kind, request: ApiRequest, body: unknown): ReadObject {
  if (!isObject(body)) throw badRequest('the body of the request must be one object');
  checkKind(kind, body);
  const whole = { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind };
  const { causes, unknownFields } = checkStructure(kind, whole);
  const duplicates = request.duplicateFields ?? [];
  const mode = request.options['fieldValidation'];
  const warnings = judgeFields(mode, kind, unknownFields, duplicates);
  const name = String(objectAt(whole, 'metadata')['name'] ?? request.name ?? '');
  if (causes.length > 0) throw invalidObject(kind, name, causes);
  const pruned = prune(kind, whole);
  const object = { ...pruned, metadata: objectAt(pruned, 'metadata') } as KubeObject;
  checkNamespace(kind, request, object);
  return { object, warnings };
}

/** An object that does not say what it is takes the path's word. */
function checkKind(kind: Kind, body: JsonObject): void {
  const apiVersion = body['apiVersion'] ?? apiVersionOf(kind);
  const name = body['kind'] ?? kind.kind;
  if (apiVersion !== apiVersionOf(kind)) {
    const expected = `does not match the expected API version (${apiVersionOf(kind)})`;
    throw badRequest(`the API version in the data (${String(apiVersion)}) ${expected}`);
  }
  if (name !== kind.kind) {
    throw badRequest(
      `${String(name)} in version "${kind.version}" cannot be handled as a ${kind.kind}: the path names ${kind.plural}`,
    );
  }
}

function checkNamespace(kind: Kind, request: ApiRequest, object: KubeObject): void {
  const { namespace } = object.metadata;
  if (!namespace || !kind.namespaced || namespace === request.namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
