import type { Scalar } from '../table.ts';
import { type Moment, microTimeText, timeText } from '../time.ts';
import { textOf } from './envelope.ts';
import { DecodeError, WireReader } from './reader.ts';

/** A scalar that is length-delimited on the wire, in its JSON form. Throws a DecodeError. */
export function scalarFromBytes(scalar: Scalar, bytes: Uint8Array): unknown {
  if (scalar === 'string') return textOf(bytes);
  if (scalar === 'bytes') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  if (scalar === 'quantity') return textField(bytes, 1) ?? '0';
  if (scalar === 'time') return momentFrom(bytes, timeText);
  if (scalar === 'microTime') return momentFrom(bytes, microTimeText);
  if (scalar === 'intOrString') return intOrString(bytes);
  return jsonFrom(bytes);
}

/** Go's year 9999 is the last that its JSON can write. */
const lastSecond = 253_402_300_799;

/** An empty message is Go's zero time, which JSON writes as null. */
function momentFrom(bytes: Uint8Array, write: (moment: Moment) => string): string | null {
  if (bytes.length === 0) return null;
  const seconds = numberField(bytes, 1);
  const nanos = numberField(bytes, 2);
  if (seconds < -lastSecond / 5 || seconds > lastSecond || nanos < 0 || nanos > 999_999_999) {
    throw new DecodeError(`a time out of range: ${seconds} s, ${nanos} ns`);
  }
  return write({ seconds, nanos });
}

/** 1: which of the two it is (0 integer, 1 string); 2: the integer; 3: the string. */
function intOrString(bytes: Uint8Array): number | string {
  return numberField(bytes, 1) === 1 ? (textField(bytes, 3) ?? '') : numberField(bytes, 2);
}

/** FieldsV1 and RawExtension hold JSON as bytes in field 1. */
function jsonFrom(bytes: Uint8Array): unknown {
  const text = textField(bytes, 1);
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError('an embedded JSON value is malformed');
  }
}

function numberField(bytes: Uint8Array, wanted: number): number {
  const reader = new WireReader(bytes);
  let value = 0;
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === wanted && type === 0) value = reader.integer();
    else reader.skip(type);
  }
  return value;
}

function textField(bytes: Uint8Array, wanted: number): string | undefined {
  const reader = new WireReader(bytes);
  let value: string | undefined;
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === wanted && type === 2) value = textOf(reader.bytes());
    else reader.skip(type);
  }
  return value;
}
