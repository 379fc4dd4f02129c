import { type ErrorCode, errors } from '@bramble/protocol/errors.ts';
import type { TransactionResult } from './types.ts';

export type Refusal = Extract<TransactionResult, { reason: 'unavailable' }>;

/** @param where the directory or device, for the person who makes room. */
export function outOfSpace(where: string): Refusal {
  return refusalFor('BRAMBLE_STORE_FULL', where);
}

function refusalFor(code: ErrorCode, detail: string): Refusal {
  const { meaning, cure } = errors[code];
  return { ok: false, reason: 'unavailable', message: `${code}: ${meaning} (${detail}) ${cure}` };
}
