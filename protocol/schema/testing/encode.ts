import type { JsonObject } from '../json.ts';
import type { Field, Message, Scalar, Shape } from '../table.ts';
import { parseTime } from '../time.ts';

/** The reverse of `decodeProtobuf`, for tests alone: Bramble answers in JSON and never writes protobuf. */
export function encodeBody(
  apiVersion: string,
  kind: string,
  message: Message,
  object: JsonObject,
): Uint8Array {
  const typeMeta = Buffer.concat([text(1, apiVersion), text(2, kind)]);
  return Buffer.concat([
    Buffer.from('k8s\0'),
    delimited(1, typeMeta),
    delimited(2, encodeMessage(message, object)),
  ]);
}

function encodeMessage(message: Message, object: JsonObject): Buffer {
  const parts: Buffer[] = [];
  for (const [number, target] of message.wire) {
    if (target instanceof Map) {
      const inner = [...target].flatMap(([at, field]) => encodeField(at, field, object));
      if (inner.length > 0) parts.push(delimited(number, Buffer.concat(inner)));
    } else {
      parts.push(...encodeField(number, target as Field, object));
    }
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, field: Field, object: JsonObject): Buffer[] {
  const value = object[field.name];
  if (value === undefined) return [];
  if (field.shape.is === 'map')
    return Object.entries(value as JsonObject).map((entry) => encodeEntry(number, field.shape, entry));
  if (field.shape.is !== 'list') return [encodeValue(number, field.shape, value)];
  const item = field.shape.of;
  return (value as unknown[]).map((one) => encodeValue(number, item, one));
}

function encodeEntry(number: number, shape: Shape, [key, value]: [string, unknown]): Buffer {
  const item = shape.is === 'map' ? shape.of : shape;
  return delimited(number, Buffer.concat([text(1, key), encodeValue(2, item, value)]));
}

function encodeValue(number: number, shape: Shape, value: unknown): Buffer {
  if (shape.is === 'message') return delimited(number, encodeMessage(shape.message, value as JsonObject));
  if (shape.is === 'scalar') return encodeScalar(number, shape.scalar, value);
  const items = (value as unknown[]).map((item) => encodeValue(1, shape.of, item));
  return delimited(number, Buffer.concat(items));
}

function encodeScalar(number: number, scalar: Scalar, value: unknown): Buffer {
  if (scalar === 'boolean') return integer(number, value ? 1 : 0);
  if (scalar === 'int32' || scalar === 'int64') return integer(number, value as number);
  if (scalar === 'bytes') return delimited(number, Buffer.from(value as string, 'base64'));
  if (scalar === 'quantity') return delimited(number, text(1, value as string));
  if (scalar === 'time' || scalar === 'microTime') return delimited(number, encodeTime(value as string));
  if (scalar === 'intOrString') return delimited(number, encodeIntOrString(value));
  if (scalar === 'any') return delimited(number, text(1, JSON.stringify(value)));
  return text(number, String(value));
}

function encodeTime(value: string): Buffer {
  const moment = parseTime(value);
  return Buffer.concat([integer(1, moment?.seconds ?? 0), integer(2, moment?.nanos ?? 0)]);
}

function encodeIntOrString(value: unknown): Buffer {
  return typeof value === 'number'
    ? Buffer.concat([integer(1, 0), integer(2, value)])
    : Buffer.concat([integer(1, 1), text(3, String(value))]);
}

function text(number: number, value: string): Buffer {
  return delimited(number, Buffer.from(value));
}

function delimited(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function integer(number: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(number * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
