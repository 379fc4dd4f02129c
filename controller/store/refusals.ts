import { errors } from '@bramble/protocol/errors.ts';
import type { TransactionResult } from './types.ts';

export type Refusal = Extract<TransactionResult, { reason: 'unavailable' }>;

/** @param where the directory or device, for the person who makes room. */
export function outOfSpace(where: string): Refusal {
  const { meaning, cure } = errors.BRAMBLE_STORE_FULL;
  return unavailable(`BRAMBLE_STORE_FULL: ${meaning} Nothing was written. (${where}) ${cure}`);
}

/** The write failed, and the database opened again without it. */
export function writeFailed(error: unknown): Refusal {
  return unavailable(`Nothing was written: ${wordsOf(error)}`);
}

/** The write failed, and the database cannot be looked into: it may turn up when the disk works again. */
export function outcomeUnknown(error: unknown): Refusal {
  return unavailable(`It is unknown whether this was written; read it again later. ${wordsOf(error)}`);
}

function unavailable(message: string): Refusal {
  return { ok: false, reason: 'unavailable', message };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
