import type { Host } from '@bramble/actors/host.ts';
import { kindByName } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { Result } from '@bramble/protocol/messages/results.ts';
import { isObject } from '@bramble/protocol/schema/json.ts';
import type { DecodedValue } from '../decode/decoded.ts';
import type { ApiRequest, ApiResponse, Status, UserInfo, Verb } from '../request.ts';
import { Slices } from '../slices.ts';
import { parseDocuments } from './documents.ts';

export interface RequestHandler {
  handle(request: ApiRequest): Promise<ApiResponse>;
}

type Item = Result['items'][number];

/** What one message asks for, and of whom. */
export interface Order {
  readonly type: 'apply' | 'delete';
  readonly id: string;
  readonly user: UserInfo;
  readonly text: string;
  readonly receivedAt: number;
}

/**
 * Hands each document to the same pipeline that serves HTTPS, in order, and gathers the answers. Reading many takes long:
 * others have their turn between them. Never rejects.
 */
export async function carryOut(
  api: RequestHandler,
  order: Order,
  host: Pick<Host, 'monotonic' | 'defer'>,
): Promise<Result> {
  const slices = new Slices(host);
  const items: Item[] = [];
  for (const document of parseDocuments(order.text)) {
    items.push(await one(api, order, document));
    if (slices.isOver) await slices.next();
  }
  return { id: order.id, items };
}

async function one(api: RequestHandler, order: Order, document: DecodedValue): Promise<Item> {
  if (!document.ok) return failure(400, 'BadRequest', document.message);
  const object = document.value as Partial<KubeObject>;
  if (typeof object !== 'object' || Array.isArray(object))
    return failure(400, 'BadRequest', 'a document is no object');
  const { apiVersion, kind: kindName } = object;
  if (typeof apiVersion !== 'string' || typeof kindName !== 'string')
    return failure(400, 'BadRequest', 'a document needs apiVersion and kind');
  const kind = kindByName(apiVersion, kindName);
  if (!kind) return failure(404, 'NotFound', `no matches for kind "${kindName}" in version "${apiVersion}"`);
  const name = text(object.metadata, 'name');
  const namespace = kind.namespaced ? (text(object.metadata, 'namespace') ?? 'default') : undefined;
  const target = {
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    namespace,
    name,
    duplicateFields: document.duplicateFields,
  };
  return order.type === 'apply' ? apply(api, order, target, object) : remove(api, order, target);
}

/** What is there but no text is for the API server to refuse, which says what is wrong with it. */
function text(metadata: unknown, field: 'name' | 'namespace'): string | undefined {
  const value = isObject(metadata) ? metadata[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

type Target = Pick<ApiRequest, 'group' | 'version' | 'resource' | 'namespace' | 'name' | 'duplicateFields'>;

async function apply(api: RequestHandler, order: Order, target: Target, object: unknown): Promise<Item> {
  const creation = { ...request(order, target, 'create', object), name: undefined };
  if (target.name === undefined) return item('created', await api.handle(creation));
  const current = await api.handle(request(order, target, 'get', undefined));
  if (current.type === 'status' && current.status.code === 404)
    return item('created', await api.handle(creation));
  if (current.type !== 'object') return item('unchanged', current);
  const patch: ApiRequest = { ...request(order, target, 'patch', object), patchType: 'strategic' };
  const patched = await api.handle(patch);
  const same =
    patched.type === 'object' &&
    patched.object.metadata.resourceVersion === current.object.metadata.resourceVersion;
  return item(same ? 'unchanged' : 'configured', patched);
}

async function remove(api: RequestHandler, order: Order, target: Target): Promise<Item> {
  if (target.name === undefined) return failure(400, 'BadRequest', 'what to delete needs metadata.name');
  const current = await api.handle(request(order, target, 'get', undefined));
  if (current.type !== 'object') return item('deleted', current);
  const answer = await api.handle(request(order, target, 'delete', undefined));
  if (answer.type === 'status' && answer.status.status === 'Failure') return answer.status as unknown as Item;
  return item('deleted', current);
}

function request(order: Order, target: Target, verb: Verb, body: unknown): ApiRequest {
  return {
    ...target,
    user: order.user,
    verb,
    subresource: undefined,
    options: { fieldValidation: 'Strict' },
    body,
    receivedAt: order.receivedAt,
  };
}

function item(action: 'created' | 'configured' | 'unchanged' | 'deleted', answer: ApiResponse): Item {
  if (answer.type === 'status') return answer.status as unknown as Item;
  if (answer.type !== 'object') return failure(500, 'InternalError', 'an unexpected answer');
  const { apiVersion, kind, metadata } = answer.object;
  const warnings = [...answer.warnings];
  if (action !== 'deleted' && metadata.deletionTimestamp !== undefined)
    warnings.push(`${metadata.name} is being deleted: apply it again when it is gone`);
  return {
    action,
    apiVersion,
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

export function failure(code: number, reason: string, message: string): Item {
  const status: Status = {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    code,
    reason,
    message,
  };
  return status as unknown as Item;
}
