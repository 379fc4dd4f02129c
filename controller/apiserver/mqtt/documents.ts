import type { DecodedValue } from '../decode/decoded.ts';
import { decodeJson } from '../decode/json.ts';
import { decodeYaml } from '../decode/yaml.ts';

/**
 * The documents of what a user published, as the HTTPS door reads bodies, one at least; empty ones are left out. Each is
 * read when it is asked for, since many take long. Never throws.
 */
export function* parseDocuments(text: string): Generator<DecodedValue, void> {
  // JSON is YAML as well, but read a hundred times faster.
  const json = /^\s*[{[]/.test(text) ? decodeJson(text) : undefined;
  if (json?.ok) return yield json;
  let found = false;
  for (const document of decodeYaml(text)) {
    found = true;
    yield document;
  }
  if (!found) yield { ok: false, message: 'the message holds no object' };
}
