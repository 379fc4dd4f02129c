import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A schema of the OpenAPI v2 document, as far as the generator reads it. */
export interface OpenApiSchema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A field of the wire format: number, type, and whether it repeats. */
export type WireField = readonly [number, string, 'repeated'?];

export interface Input {
  readonly definitions: Readonly<Record<string, OpenApiSchema>>;
  readonly messages: Readonly<Record<string, Readonly<Record<string, WireField>>>>;
}

export function readInput(folder: string): Input {
  const openapi = readJson(folder, 'kubernetes-openapi-v2.json') as { definitions: Input['definitions'] };
  const messages = readJson(folder, 'kubernetes-protobuf-fields.json') as Input['messages'];
  return { definitions: openapi.definitions, messages };
}

function readJson(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
