import { type Kind, kinds } from '../../kinds.ts';
import { allMessages, type Field, type Message, type Scalar, type Shape } from '../table.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** How the two versions of OpenAPI differ where schemas are concerned. */
export interface Dialect {
  readonly refPrefix: string;
  /** Version 3 allows nothing beside a `$ref`, so Kubernetes wraps it, and kubectl unwraps it. */
  readonly wrapsRefs: boolean;
  readonly quantity: Schema;
  readonly intOrString: Schema;
}

export const dialectV2: Dialect = {
  refPrefix: '#/definitions/',
  wrapsRefs: false,
  quantity: { type: 'string' },
  intOrString: { type: 'string', format: 'int-or-string' },
};

export const dialectV3: Dialect = {
  refPrefix: '#/components/schemas/',
  wrapsRefs: true,
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

const metaPrefix = 'io.k8s.apimachinery.pkg.apis.';
const quantityName = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const intOrStringName = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** `io.k8s.api.core.v1.Pod` for `core.v1.Pod`: the name by which clients know a schema. */
export function schemaName(message: string): string {
  return message.startsWith('meta.') ? metaPrefix + message : `io.k8s.api.${message}`;
}

/** Every schema by its name, lists of the kinds included. */
export function allSchemas(dialect: Dialect): Readonly<Record<string, Schema>> {
  const schemas: Record<string, Schema> = {
    [quantityName]: dialect.quantity,
    [intOrStringName]: dialect.intOrString,
    [`${metaPrefix}meta.v1.Time`]: { type: 'string', format: 'date-time' },
    [`${metaPrefix}meta.v1.MicroTime`]: { type: 'string', format: 'date-time' },
  };
  for (const message of allMessages()) schemas[schemaName(message.name)] = messageSchema(dialect, message);
  for (const kind of kinds) schemas[`${schemaName(kind.message)}List`] = listSchema(dialect, kind);
  return schemas;
}

export function refTo(dialect: Dialect, name: string): Schema {
  const ref = { $ref: dialect.refPrefix + name };
  return dialect.wrapsRefs ? { allOf: [ref], default: {} } : ref;
}

export function groupVersionKind(kind: Kind, suffix = ''): Schema {
  return { group: kind.group, version: kind.version, kind: kind.kind + suffix };
}

function messageSchema(dialect: Dialect, message: Message): Schema {
  const fields = [...message.fields.values()];
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(dialect, field)])),
    ...(required.length > 0 && { required }),
    ...(message.kind && { 'x-kubernetes-group-version-kind': [message.kind] }),
  };
}

function listSchema(dialect: Dialect, kind: Kind): Schema {
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: refTo(dialect, schemaName('meta.v1.ListMeta')),
      items: { type: 'array', items: refTo(dialect, schemaName(kind.message)) },
    },
    required: ['items'],
    'x-kubernetes-group-version-kind': [groupVersionKind(kind, 'List')],
  };
}

function fieldSchema(dialect: Dialect, field: Field): Schema {
  const strategies = field.patchStrategies.join(',');
  const listKind = field.shape.is === 'list' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type';
  return {
    ...shapeSchema(dialect, field.shape),
    ...(field.listType && { [listKind]: field.listType }),
    ...(field.listKeys && { 'x-kubernetes-list-map-keys': field.listKeys }),
    ...(field.mergeKey && { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    ...(strategies && { 'x-kubernetes-patch-strategy': strategies }),
  };
}

function shapeSchema(dialect: Dialect, shape: Shape): Schema {
  if (shape.is === 'list') return { type: 'array', items: shapeSchema(dialect, shape.of) };
  if (shape.is === 'map') return { type: 'object', additionalProperties: shapeSchema(dialect, shape.of) };
  if (shape.is === 'message') return refTo(dialect, schemaName(shape.message.name));
  const named = namedScalars[shape.scalar];
  return named ? refTo(dialect, named) : (scalarSchemas[shape.scalar] ?? { type: shape.scalar });
}

const namedScalars: Partial<Readonly<Record<Scalar, string>>> = {
  quantity: quantityName,
  intOrString: intOrStringName,
  time: `${metaPrefix}meta.v1.Time`,
  microTime: `${metaPrefix}meta.v1.MicroTime`,
};

const scalarSchemas: Partial<Readonly<Record<Scalar, Schema>>> = {
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: { type: 'object' },
};
