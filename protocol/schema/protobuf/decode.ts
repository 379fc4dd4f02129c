import { setOwn } from '../json.ts';
import { pruneMessage } from '../prune.ts';
import { allMessages, type Field, type Message, type Scalar, type Shape, type WireTarget } from '../table.ts';
import { openEnvelope, textOf } from './envelope.ts';
import { DecodeError, WireReader, type WireType } from './reader.ts';
import { scalarFromBytes } from './scalars.ts';

export interface Decoded {
  readonly apiVersion: string;
  readonly kind: string;
  /** As its JSON would be, `apiVersion` and `kind` included. */
  readonly object: unknown;
}

/**
 * A request body in `application/vnd.kubernetes.protobuf`. Throws a DecodeError and nothing else.
 * Memory and time are linear in the body, and nesting is bounded by the table, which no body can deepen.
 */
export function decodeProtobuf(bytes: Uint8Array): Decoded {
  const { apiVersion, kind, raw } = openEnvelope(bytes);
  const message = messageOfKind(apiVersion, kind);
  if (!message)
    throw new DecodeError(`no kind ${JSON.stringify(kind)} in ${JSON.stringify(apiVersion)} is known`);
  const body = pruneMessage(message, decodeMessage(message, raw));
  return { apiVersion, kind, object: { apiVersion, kind, ...body } };
}

/** DeleteOptions is sent under the version of whichever kind is deleted. */
function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  for (const message of allMessages()) {
    if (message.kind?.kind !== kind) continue;
    const { group, version } = message.kind;
    if (kind === 'DeleteOptions' || apiVersion === (group ? `${group}/${version}` : version)) return message;
  }
  return undefined;
}

type Target = Record<string, unknown>;

function decodeMessage(message: Message, bytes: Uint8Array): Target {
  const target: Target = {};
  decodeInto(message.wire, bytes, target);
  return target;
}

function decodeInto(wire: ReadonlyMap<number, WireTarget>, bytes: Uint8Array, target: Target): void {
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { number, type } = reader.tag();
    const found = wire.get(number);
    if (!found) reader.skip(type);
    else if (found instanceof Map) decodeInto(found, lengthDelimited(reader, type), target);
    else decodeField(found as Field, reader, type, target);
  }
}

function decodeField(field: Field, reader: WireReader, type: WireType, target: Target): void {
  const { shape } = field;
  if (shape.is === 'list') {
    target[field.name] ??= [];
    decodeItems(shape.of, reader, type, target[field.name] as unknown[]);
  } else if (shape.is === 'map') {
    target[field.name] ??= {};
    decodeEntry(shape.of, lengthDelimited(reader, type), target[field.name] as Target);
  } else {
    target[field.name] = decodeValue(shape, reader, type);
  }
}

/** One item; or many, where numbers are packed into one stretch of bytes. */
function decodeItems(item: Shape, reader: WireReader, type: WireType, list: unknown[]): void {
  const packed = type === 2 && item.is === 'scalar' && isVarint(item.scalar);
  if (!packed) {
    list.push(decodeValue(item, reader, type));
    return;
  }
  const inner = new WireReader(reader.bytes());
  while (!inner.done) list.push(decodeValue(item, inner, 0));
}

/** A map is a repeated message of key 1 and value 2. */
function decodeEntry(item: Shape, bytes: Uint8Array, map: Target): void {
  const reader = new WireReader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === 1) key = textOf(lengthDelimited(reader, type));
    else if (number === 2) value = decodeValue(item, reader, type);
    else reader.skip(type);
  }
  setOwn(map, key, value ?? emptyOf(item));
}

/** A value that the wire left out because it is empty. */
function emptyOf(item: Shape): unknown {
  if (item.is === 'list') return [];
  if (item.is === 'message' || item.is === 'map') return {};
  if (item.is === 'scalar' && isVarint(item.scalar)) return item.scalar === 'boolean' ? false : 0;
  return item.is === 'scalar' && item.scalar === 'quantity' ? '0' : '';
}

function decodeValue(shape: Shape, reader: WireReader, type: WireType): unknown {
  if (shape.is === 'message') return decodeMessage(shape.message, lengthDelimited(reader, type));
  // A list or map within a list or map is wrapped in a message whose only field is number 1.
  if (shape.is !== 'scalar') return decodeWrapped(shape, lengthDelimited(reader, type));
  if (isVarint(shape.scalar)) return decodeVarint(shape.scalar, reader, type);
  if (shape.scalar !== 'double') return scalarFromBytes(shape.scalar, lengthDelimited(reader, type));
  if (type !== 1) throw new DecodeError(`a double of wire type ${type}`);
  return reader.double();
}

function decodeWrapped(shape: Shape, bytes: Uint8Array): unknown {
  const reader = new WireReader(bytes);
  const items: unknown[] = [];
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === 1 && shape.is === 'list') decodeItems(shape.of, reader, type, items);
    else reader.skip(type);
  }
  return items;
}

function isVarint(scalar: Scalar): boolean {
  return scalar === 'int32' || scalar === 'int64' || scalar === 'boolean';
}

function decodeVarint(scalar: Scalar, reader: WireReader, type: WireType): number | boolean {
  if (type !== 0) throw new DecodeError(`a number of wire type ${type}`);
  return scalar === 'boolean' ? reader.varint() !== 0n : reader.integer();
}

function lengthDelimited(reader: WireReader, type: WireType): Uint8Array {
  if (type !== 2) throw new DecodeError(`a string, message or map of wire type ${type}`);
  return reader.bytes();
}
