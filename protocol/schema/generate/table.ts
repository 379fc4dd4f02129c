import type { FieldExtras, FieldFormat, MessageFormat, Scalar, TableFormat } from '../table-format.ts';
import type { Input, OpenApiSchema, WireField } from './input.ts';
import { pointers } from './pointers.ts';
import { openapiName, protobufName, shortName } from './roots.ts';

/** Messages with a JSON form of their own. */
const scalars: Readonly<Record<string, Scalar>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
  'meta.v1.Time': 'time',
  'meta.v1.MicroTime': 'microTime',
  'meta.v1.FieldsV1': 'any',
};

/** The compact table of every message that the roots reach. */
export function buildTable(input: Input, roots: readonly string[]): TableFormat {
  const messages: Record<string, MessageFormat> = {};
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (messages[name]) continue;
    const message = buildMessage(input, name);
    messages[name] = message;
    for (const [, type] of Object.values(message.fields)) waiting.push(...messageOf(type));
  }
  return { messages: Object.fromEntries(Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function messageOf(type: string): string[] {
  const element = type.replace(/^(\[\]|\{\})*/, '');
  return element.includes('.') ? [element] : [];
}

function buildMessage(input: Input, name: string): MessageFormat {
  const schema = input.definitions[openapiName(name)];
  if (!schema?.properties) throw new Error(`no structure for ${name} in the OpenAPI document`);
  const numbers = wireNumbers(input, name, new Set(Object.keys(schema.properties)));
  const fields: Record<string, FieldFormat> = {};
  for (const [field, property] of Object.entries(schema.properties)) {
    fields[field] = buildField(name, field, property, numbers.get(field) ?? 0, schema);
  }
  const kinds = schema['x-kubernetes-group-version-kind'] ?? [];
  return kinds.length === 1 && kinds[0] ? { kind: kinds[0], fields } : { ...kindOf(name), fields };
}

/** DeleteOptions is a kind of every group, and the document lists them all: its own is meta's. */
function kindOf(name: string): Pick<MessageFormat, 'kind'> {
  return name === 'meta.v1.DeleteOptions'
    ? { kind: { group: '', version: 'v1', kind: 'DeleteOptions' } }
    : {};
}

/** Numbers by JSON field; a message that Go embeds has its fields in the JSON of the one around it. */
function wireNumbers(input: Input, name: string, json: ReadonlySet<string>): Map<string, number | string> {
  const numbers = new Map<string, number | string>();
  for (const [field, [number, type]] of Object.entries(fieldsOf(input, protobufName(name)))) {
    if (json.has(field)) numbers.set(field, number);
    else
      for (const [inner, [at]] of Object.entries(fieldsOf(input, type)))
        numbers.set(inner, `${number}.${at}`);
  }
  return numbers;
}

function fieldsOf(input: Input, message: string): Readonly<Record<string, WireField>> {
  return input.messages[message] ?? {};
}

function buildField(
  message: string,
  field: string,
  property: OpenApiSchema,
  number: number | string,
  parent: OpenApiSchema,
): FieldFormat {
  const extras: FieldExtras = {
    ...(parent.required?.includes(field) && { r: 1 as const }),
    ...(pointers[message]?.includes(field) && { p: 1 as const }),
    ...mergeFacts(property),
    ...(property.default !== undefined && { d: property.default }),
  };
  const type = typeOf(property);
  return Object.keys(extras).length > 0 ? [number, type, extras] : [number, type];
}

function mergeFacts(property: OpenApiSchema): FieldExtras {
  const key = property['x-kubernetes-patch-merge-key'];
  const strategy = property['x-kubernetes-patch-strategy'];
  const listType = property['x-kubernetes-list-type'] ?? property['x-kubernetes-map-type'];
  const listKeys = property['x-kubernetes-list-map-keys'];
  return {
    ...(key && { m: key }),
    ...(strategy && { s: strategy }),
    ...(listType && { t: listType }),
    ...(listKeys && { k: listKeys }),
  };
}

function typeOf(schema: OpenApiSchema): string {
  if (schema.$ref) {
    const name = shortName(schema.$ref.replace('#/definitions/', ''));
    return scalars[name] ?? name;
  }
  if (schema.type === 'array') return `[]${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object')
    return schema.additionalProperties ? `{}${typeOf(schema.additionalProperties)}` : 'any';
  if (schema.type === 'integer') return schema.format ?? 'int64';
  if (schema.type === 'number') return 'double';
  if (schema.type === 'string' && schema.format === 'byte') return 'bytes';
  return schema.type ?? 'any';
}
