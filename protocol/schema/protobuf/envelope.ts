import { DecodeError, WireReader } from './reader.ts';

/** What stands before a Kubernetes body in protobuf: `k8s` and a zero, then a `runtime.Unknown`. */
export const magic: readonly number[] = [0x6b, 0x38, 0x73, 0x00];

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Throws a DecodeError. Field numbers: runtime.Unknown 1 typeMeta {1 apiVersion, 2 kind}, 2 raw, 3 contentEncoding. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (!magic.every((byte, at) => bytes[at] === byte)) {
    throw new DecodeError('the body does not begin with the four bytes of Kubernetes protobuf (k8s, zero)');
  }
  const reader = new WireReader(bytes, magic.length);
  let envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (type !== 2) reader.skip(type);
    else if (number === 1) envelope = { ...envelope, ...typeMeta(reader.bytes()) };
    else if (number === 2) envelope = { ...envelope, raw: reader.bytes() };
    else if (number === 3 && reader.bytes().length > 0)
      throw new DecodeError('encoded contents are not supported');
    else if (number !== 3) reader.skip(type);
  }
  return envelope;
}

function typeMeta(bytes: Uint8Array): Pick<Envelope, 'apiVersion' | 'kind'> {
  const reader = new WireReader(bytes);
  const meta = { apiVersion: '', kind: '' };
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (type !== 2 || (number !== 1 && number !== 2)) reader.skip(type);
    else meta[number === 1 ? 'apiVersion' : 'kind'] = textOf(reader.bytes());
  }
  return meta;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8, or a DecodeError. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new DecodeError('a string is not valid UTF-8');
  }
}
