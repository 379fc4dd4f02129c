import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';

/** What kubectl asks for when it validates a `kind: List`, and takes in no other form. */
export const openApiProtobufWish = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** The same as an answer calls it, since Go refuses to read the `@` as a media type. */
export const openApiProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * An OpenAPI 2 document as protobuf: what clients read of it, the definitions (gnostic's openapi.v2.Document). The
 * paths stay out; whoever needs them asks for JSON or for version 3.
 */
export function encodeOpenApi(document: JsonObject): Uint8Array {
  const info = objectAt(document, 'info');
  return Buffer.concat([
    text(1, document['swagger']),
    nested(2, [text(1, info['title']), text(2, info['version'])]),
    nested(8, []),
    nested(9, namedSchemas(objectAt(document, 'definitions'))),
  ]);
}

/** `repeated NamedSchema additional_properties = 1`, with name 1 and value 2. */
function namedSchemas(schemas: JsonObject): Uint8Array[] {
  return Object.entries(schemas).map(([name, schema]) =>
    nested(1, [text(1, name), nested(2, isObject(schema) ? schemaFields(schema) : [])]),
  );
}

/** The fields of gnostic's Schema that Bramble's documents use. */
function schemaFields(schema: JsonObject): Uint8Array[] {
  const { additionalProperties, items, properties, type } = schema;
  const parts = [text(1, schema['$ref']), text(2, schema['format']), text(4, schema['description'])];
  for (const name of listAt(schema, 'required')) parts.push(text(19, name));
  if (isObject(additionalProperties)) parts.push(nested(21, [nested(1, schemaFields(additionalProperties))]));
  if (type !== undefined) parts.push(nested(22, [text(1, type)]));
  if (isObject(items)) parts.push(nested(23, [nested(1, schemaFields(items))]));
  for (const one of listAt(schema, 'allOf')) if (isObject(one)) parts.push(nested(24, schemaFields(one)));
  if (isObject(properties)) parts.push(nested(25, namedSchemas(properties)));
  return [...parts, ...extensions(schema)];
}

/** `repeated NamedAny vendor_extension = 31`; their values are YAML, which JSON is too. */
function extensions(schema: JsonObject): Uint8Array[] {
  return Object.entries(schema)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => nested(31, [text(1, name), nested(2, [text(2, JSON.stringify(value))])]));
}

/** A string field; nothing for what is no string. */
function text(field: number, value: unknown): Uint8Array {
  return typeof value === 'string' ? delimited(field, Buffer.from(value)) : Buffer.alloc(0);
}

function nested(field: number, parts: readonly Uint8Array[]): Uint8Array {
  return delimited(field, Buffer.concat(parts));
}

/** Wire type 2: tag, length, bytes (protobuf.dev/programming-guides/encoding). */
function delimited(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  return Uint8Array.from([...bytes, left]);
}
