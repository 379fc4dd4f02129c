import { limits } from '@bramble/protocol/limits.ts';
import { parseAllDocuments } from 'yaml';

/** One document of a YAML or JSON stream, or what is wrong with it and where. */
export type Document =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Splits what a user published into documents; empty ones are left out. Never throws. */
export function parseDocuments(text: string): Document[] {
  try {
    const parsed: readonly ParsedDocument[] = Array.from(parseAllDocuments(text, { prettyErrors: true }));
    if (parsed.length > limits.applyDocuments)
      return [
        {
          ok: false,
          message: `${parsed.length} documents; at most ${limits.applyDocuments} are taken at once`,
        },
      ];
    const documents = parsed.map(toDocument).filter((document) => !document.ok || document.value !== null);
    return documents.length > 0 ? documents : [{ ok: false, message: 'the message holds no object' }];
  } catch (error) {
    return [{ ok: false, message: error instanceof Error ? error.message : String(error) }];
  }
}

interface ParsedDocument {
  readonly errors: readonly Error[];
  toJS(options: { maxAliasCount: number }): unknown;
}

function toDocument(document: ParsedDocument): Document {
  const error = document.errors[0];
  if (error) return { ok: false, message: error.message };
  return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
}
