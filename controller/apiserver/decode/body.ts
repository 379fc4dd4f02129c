import { DecodeError, decodeProtobuf } from '@bramble/protocol/schema/index.ts';
import { isObject } from '@bramble/protocol/schema/json.ts';
import type { PatchType } from '../request.ts';
import { badRequest, unsupportedMediaType } from '../status.ts';
import type { DecodedValue } from './decoded.ts';
import { decodeJson } from './json.ts';
import { decodeYaml } from './yaml.ts';

export interface Body {
  readonly value: unknown;
  readonly duplicateFields: readonly string[];
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+cbor': 'apply',
};

export const bodyTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** The media type alone, without its parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What kind of patch a Content-Type announces; 415 for none. */
export function patchTypeOf(contentType: string | undefined): PatchType {
  const type = patchTypes[mediaType(contentType)];
  if (type) return type;
  const known = Object.keys(patchTypes).slice(0, 3).join(', ');
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${known}`,
  );
}

/** Reads a body by its Content-Type; none at all is taken for JSON. 400 for what cannot be read, 415 for another type. */
export function decodeBody(contentType: string | undefined, bytes: Uint8Array): Body {
  const type = mediaType(contentType);
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProto(bytes);
  if (type === 'application/yaml') return oneDocument(decodeYaml(textOf(bytes)));
  if (type === '' || type === 'application/json' || patchTypes[type])
    return unwrap(decodeJson(textOf(bytes)));
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${bodyTypes.join(', ')}`,
  );
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('the body of the request is not UTF-8');
  }
}

function oneDocument(documents: Iterable<DecodedValue>): Body {
  // A second one is reason enough to refuse: no further are read.
  const [first, second] = documents;
  if (!first) throw badRequest('the body of the request is empty');
  if (second) throw badRequest('the body of the request has more than one YAML document');
  return unwrap(first);
}

function unwrap(decoded: DecodedValue): Body {
  if (!decoded.ok) throw badRequest(decoded.message);
  return { value: decoded.value, duplicateFields: decoded.duplicateFields };
}

function decodeProto(bytes: Uint8Array): Body {
  try {
    const { apiVersion, kind, object } = decodeProtobuf(bytes);
    return { value: { ...(isObject(object) ? object : {}), apiVersion, kind }, duplicateFields: [] };
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`error decoding protobuf: ${error.message}`);
    throw error;
  }
}
