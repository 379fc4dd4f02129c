import type { ErrorCode } from './errors.ts';
import { limits } from './limits.ts';
import type * as z from './zod.ts';

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON payload of at most `maxBytes`, checked against `schema`. Never throws, whatever the bytes. */
export function decodeJson<T>(
  schema: z.ZodMiniType<T>,
  payload: Uint8Array,
  maxBytes: number = limits.objectBytes,
): Decoded<T> {
  const text = decodeText(payload, maxBytes);
  return text.ok ? decodeJsonText(schema, text.value) : text;
}

/** The same for text whose size was checked before. */
export function decodeJsonText<T>(schema: z.ZodMiniType<T>, text: string): Decoded<T> {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return { ok: true, value: parsed.data };
    const issue = parsed.error.issues[0];
    return bad(`${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'has the wrong form'}`);
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
}

export function decodeText(payload: Uint8Array, maxBytes: number): Decoded<string> {
  if (payload.length > maxBytes) return bad(`${payload.length} bytes; at most ${maxBytes} are taken`);
  try {
    return { ok: true, value: utf8.decode(payload) };
  } catch {
    return bad('not UTF-8');
  }
}

function bad(message: string): { ok: false; code: ErrorCode; message: string } {
  return { ok: false, code: 'BRAMBLE_BAD_MESSAGE', message };
}
