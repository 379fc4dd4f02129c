import { badRequest } from './status.ts';

/** Where the next page of a list begins. */
export interface Continuation {
  /** The revision of the first page: what a watch goes on from, so that nothing between the pages is missed. */
  readonly revision: number;
  /** The last key told. */
  readonly after: string;
}

export function encodeContinuation({ revision, after }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: 'bramble/v1', rv: revision, after })).toString('base64url');
}

export function decodeContinuation(text: string): Continuation {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isToken(token)) return { revision: token.rv, after: token.after };
  } catch {
    // Falls through to the one answer for everything that this server never gave out.
  }
  throw badRequest('continue key is not valid: it was not given by this server');
}

function isToken(token: unknown): token is { v: string; rv: number; after: string } {
  if (typeof token !== 'object' || token === null) return false;
  const { v, rv, after } = token as Record<string, unknown>;
  return v === 'bramble/v1' && Number.isSafeInteger(rv) && typeof after === 'string';
}
