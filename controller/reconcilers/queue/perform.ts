import type { Host } from '@bramble/actors/index.ts';
import { type Kind, kindByName } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ApiPipeline } from '../../apiserver/pipeline.ts';
import type { ApiRequest, ApiResponse, UserInfo, Verb } from '../../apiserver/request.ts';
import type { ObjectStore, TransactionResult } from '../../store/types.ts';
import type { ObjectWrite } from './reconciler.ts';

export interface WritePorts {
  readonly store: ObjectStore;
  readonly api: Pick<ApiPipeline, 'handle'>;
}

export type Outcome =
  | { readonly type: 'done'; readonly object: KubeObject | undefined }
  /** Somebody else wrote first: the next look decides anew. */
  | { readonly type: 'conflict' }
  | { readonly type: 'failed'; readonly message: string };

/** As whom the reconcilers write. */
export const controllerUser: UserInfo = { name: 'system:bramble:controller', groups: [], role: 'admin' };

/** Carries out one write through the API server's own pipeline, so that what it makes is as valid as anybody's. */
export async function perform(
  { store, api }: WritePorts,
  write: ObjectWrite,
  host: Pick<Host, 'now'>,
): Promise<Outcome> {
  try {
    if (write.type === 'transaction') return ofTransaction(await store.commit(write.transaction));
    return ofAnswer(write, await api.handle(requestOf(write, host.now())));
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

function ofTransaction(result: TransactionResult): Outcome {
  if (result.ok) return { type: 'done', object: result.objects[0]?.object };
  return result.reason === 'conflict' ? { type: 'conflict' } : { type: 'failed', message: result.message };
}

function ofAnswer(write: ObjectWrite, answer: ApiResponse): Outcome {
  if (answer.type === 'object') return { type: 'done', object: answer.object };
  if (answer.type !== 'status' || answer.status.status === 'Success')
    return { type: 'done', object: undefined };
  const { code, message = 'the API server refused' } = answer.status;
  if (write.type === 'delete' && code === 404) return { type: 'done', object: undefined };
  // What was to be changed is gone, or is another object of that name: as good as changed by somebody else.
  return code === 409 || (code === 404 && write.type === 'update')
    ? { type: 'conflict' }
    : { type: 'failed', message };
}

type ApiWrite = Exclude<ObjectWrite, { type: 'transaction' }>;

function requestOf(write: ApiWrite, receivedAt: number): ApiRequest {
  const kind = kindOf(write.object);
  const { name, namespace } = write.object.metadata;
  return {
    user: controllerUser,
    verb: write.type as Verb,
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    subresource: write.type === 'update' ? write.part : undefined,
    namespace: kind.namespaced ? namespace : undefined,
    name: write.type === 'create' ? undefined : name,
    options: {},
    body: write.type === 'delete' ? deletionOf(write) : write.object,
    receivedAt,
  };
}

/** Only the object that was looked at, never a later one of the same name. */
function deletionOf({ object, propagation }: Extract<ObjectWrite, { type: 'delete' }>): unknown {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: object.metadata.uid },
    ...(propagation !== undefined && { propagationPolicy: propagation }),
  };
}

function kindOf(object: KubeObject): Kind {
  const kind = kindByName(object.apiVersion, object.kind);
  if (!kind) throw new Error(`no kind ${object.apiVersion} ${object.kind}`);
  return kind;
}
