import { decodeJsonText, decodeText } from '@bramble/protocol/decode.ts';
import { type ReadOrder, readOrder } from '@bramble/protocol/messages/reads.ts';
import { badRequest } from '../status.ts';

/** Two paths as long as they may be, and what stands around them. */
const orderBytes = 32_768;

/** What a user asks for: JSON, or the path alone. @throws StatusError 400 that says what is wrong. */
export function parseReadOrder(payload: Uint8Array): ReadOrder {
  const text = decodeText(payload, orderBytes);
  if (!text.ok) throw badRequest(text.message);
  const trimmed = text.value.trim();
  const decoded = trimmed.startsWith('/')
    ? decodeJsonText(readOrder, JSON.stringify({ path: trimmed }))
    : decodeJsonText(readOrder, trimmed);
  if (decoded.ok) return decoded.value;
  throw badRequest(
    `a read is a path such as /api/v1/pods, or JSON such as {"path":"/api/v1/pods"}: ${decoded.message}`,
  );
}
