import type * as z from '@bramble/protocol/zod.ts';

/** What a request to Bramble's own routes is answered with. */
export interface Answer {
  readonly code: number;
  /** JSON, but for the authority's certificate, which is text. */
  readonly body: unknown;
}

/** A refusal in the form of Kubernetes' Status. */
export function refusal(code: number, reason: string, message: string): Answer {
  return {
    code,
    body: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', code, reason, message },
  };
}

export function invalid(error: z.core.$ZodError): Answer {
  const issue = error.issues[0];
  return refusal(400, 'BadRequest', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'wrong form'}`);
}

export const notAllowed = (method: string): Answer =>
  refusal(405, 'MethodNotAllowed', `${method} is not allowed here`);
