import type { DecodedValue } from '../decode/decoded.ts';
import { decodeJson } from '../decode/json.ts';
import { decodeYaml } from '../decode/yaml.ts';

/** Splits what a user published into documents, as the HTTPS door reads bodies; empty ones are left out. Never throws. */
export function parseDocuments(text: string): DecodedValue[] {
  // JSON is YAML as well, but read a hundred times faster.
  const json = /^\s*[{[]/.test(text) ? decodeJson(text) : undefined;
  if (json?.ok) return [json];
  const documents = decodeYaml(text);
  return documents.length > 0 ? documents : [{ ok: false, message: 'the message holds no object' }];
}
