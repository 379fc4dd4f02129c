import { createHash } from 'node:crypto';
import { openApiV2, openApiV3, openApiV3Index } from '@bramble/protocol/schema/index.ts';
import { encodeOpenApi, openApiProtobufType } from './openapi-protobuf.ts';

/** A document that does not change while the server runs: its text is made once, when first asked for. */
export interface StaticDocument {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

/** No client's path: the protobuf form of `/openapi/v2`. */
export const protobufPath = '/openapi/v2 protobuf';

/** OpenAPI as `/openapi/…` serves it. */
export class Documents {
  readonly #made = new Map<string, StaticDocument>();

  /** `undefined` for a path that has no document. */
  at(path: string): StaticDocument | undefined {
    const known = this.#made.get(path);
    if (known) return known;
    const made = documentOf(make(path));
    // What does not exist is not kept, so that asking for it costs no memory.
    if (made) this.#made.set(path, made);
    return made;
  }
}

function documentOf(value: unknown): StaticDocument | undefined {
  if (value === undefined) return undefined;
  const protobuf = value instanceof Uint8Array;
  const body = protobuf ? value : JSON.stringify(value);
  const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
  return { body, etag, contentType: protobuf ? openApiProtobufType : 'application/json' };
}

function make(path: string): unknown {
  if (path === '/openapi/v2') return openApiV2();
  if (path === protobufPath) return encodeOpenApi(openApiV2());
  if (path === '/openapi/v3') return openApiV3Index();
  const [, group, version] = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
  return version === undefined ? undefined : openApiV3(group ?? '', version);
}
