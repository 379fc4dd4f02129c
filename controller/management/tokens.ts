import { boardLabelFault } from '@bramble/protocol/board-labels.ts';
import { wholeWithin } from '@bramble/protocol/shapes.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { JoinTokenOptions, JoinTokens } from '../trust/join-tokens.ts';
import { type Answer, invalid, notAllowed, refusal } from './answer.ts';

const longestMs = 366 * 86_400_000;

const newToken = z.object({
  uses: z.optional(wholeWithin(1, 10_000)),
  lifetimeMs: z.optional(wholeWithin(1_000, longestMs)),
  labels: z.optional(
    z.record(z.string(), z.string()).check(
      z.superRefine((labels, context) => {
        for (const [key, value] of Object.entries(labels)) {
          const fault = boardLabelFault(key, value);
          if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
        }
      }),
    ),
  ),
});

/** Tokens with which boards join: made, listed (never their secrets), revoked. */
export async function tokens(
  joinTokens: JoinTokens,
  method: string,
  id: string | undefined,
  body: unknown,
): Promise<Answer> {
  if (method === 'GET' && id === undefined) return { code: 200, body: { tokens: joinTokens.list() } };
  if (method === 'POST' && id === undefined) return createToken(joinTokens, body);
  if (method !== 'DELETE' || id === undefined) return notAllowed(method);
  if (await joinTokens.revoke(id)) return { code: 200, body: {} };
  return refusal(404, 'NotFound', `there is no token ${id}, or it has expired`);
}

async function createToken(joinTokens: JoinTokens, body: unknown): Promise<Answer> {
  const parsed = newToken.safeParse(body);
  if (!parsed.success) return invalid(parsed.error);
  const { uses, lifetimeMs, labels } = parsed.data;
  const options: JoinTokenOptions = {
    ...(uses === undefined ? {} : { uses }),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { code: 201, body: { token: await joinTokens.create(options) } };
}
