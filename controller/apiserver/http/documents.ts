import { createHash } from 'node:crypto';
import { openApiV2, openApiV3, openApiV3Index } from '@bramble/protocol/schema/index.ts';

/** A document that does not change while the server runs: its text is made once, when first asked for. */
export interface StaticDocument {
  readonly text: string;
  readonly etag: string;
}

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
  const text = JSON.stringify(value);
  return { text, etag: `"${createHash('sha256').update(text).digest('hex').toUpperCase()}"` };
}

function make(path: string): unknown {
  if (path === '/openapi/v2') return openApiV2();
  if (path === '/openapi/v3') return openApiV3Index();
  const [, group, version] = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
  return version === undefined ? undefined : openApiV3(group ?? '', version);
}
