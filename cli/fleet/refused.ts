import type { ReadAnswer } from '@bramble/protocol/messages/reads.ts';

/** Kubernetes' Status, as far as a person is told of it. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** What the API server refused, in its words. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`Error from server (${refusal.reason}): ${refusal.message}`);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

export function statusOf({ code, body }: Pick<ReadAnswer, 'code' | 'body'>): Refusal {
  const { reason = 'Unknown', message = `code ${code}` } = (body ?? {}) as Partial<Refusal>;
  return { code, reason, message };
}
