import { apiVersionOf, type Kind } from '../../kinds.ts';
import { groupVersionKind, type Schema } from './schemas.ts';

/** `api/v1` or `apis/group/version`. */
export function groupVersionPath(kind: Kind): string {
  return kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;
}

/** How a version of OpenAPI writes an operation's parameters, body and answer. */
export interface OperationWriter {
  query(name: string): Schema;
  path(name: string): Schema;
  /** `patch` takes other media types than `create` and `update`. */
  body(kind: Kind, patch: boolean): Schema;
  answer(kind: Kind, list: boolean): Schema;
}

/** The paths of a kind with their operations: what clients look up to learn which query parameters are understood. */
export function pathsOf(kind: Kind, writer: OperationWriter): Readonly<Record<string, Schema>> {
  const scope = kind.namespaced ? '/namespaces/{namespace}' : '';
  const collection = `/${groupVersionPath(kind)}${scope}/${kind.plural}`;
  const item = `${collection}/{name}`;
  const namespace = kind.namespaced ? [writer.path('namespace')] : [];
  const itemPath = itemOperations(kind, writer, [...namespace, writer.path('name')]);
  return {
    ...(kind.namespaced && {
      [`/${groupVersionPath(kind)}/${kind.plural}`]: { get: operation(kind, writer, 'list') },
    }),
    [collection]: {
      get: operation(kind, writer, 'list'),
      post: operation(kind, writer, 'post'),
      parameters: namespace,
    },
    [item]: itemPath,
    ...(kind.hasStatus && { [`${item}/status`]: itemPath }),
  };
}

function itemOperations(kind: Kind, writer: OperationWriter, parameters: readonly Schema[]): Schema {
  return {
    get: operation(kind, writer, 'get'),
    put: operation(kind, writer, 'put'),
    patch: operation(kind, writer, 'patch'),
    delete: operation(kind, writer, 'delete'),
    parameters,
  };
}

type Action = 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete';

const queryParameters: Readonly<Record<Action, readonly string[]>> = {
  list: [
    'allowWatchBookmarks',
    'continue',
    'fieldSelector',
    'labelSelector',
    'limit',
    'resourceVersion',
    'watch',
  ],
  get: [],
  post: ['dryRun', 'fieldManager', 'fieldValidation'],
  put: ['dryRun', 'fieldManager', 'fieldValidation'],
  patch: ['dryRun', 'fieldManager', 'fieldValidation', 'force'],
  delete: ['dryRun', 'gracePeriodSeconds', 'propagationPolicy'],
};

function operation(kind: Kind, writer: OperationWriter, action: Action): Schema {
  const hasBody = action === 'post' || action === 'put' || action === 'patch';
  const parameters = queryParameters[action].map((name) => writer.query(name));
  const body = hasBody ? writer.body(kind, action === 'patch') : {};
  return {
    ...body,
    parameters: [...parameters, ...((body.parameters as readonly Schema[] | undefined) ?? [])],
    responses: { 200: writer.answer(kind, action === 'list') },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': groupVersionKind(kind),
  };
}
