import { resolve } from 'node:path';
import { parseBoardLabels } from '@bramble/protocol/board-labels.ts';
import { nodeName, parseJoinToken } from '@bramble/protocol/join.ts';
import { z } from 'zod';
import { boardSettings, clusterRange } from '../up/settings.ts';

const usualPort = '6443';

/** What `bramble join` takes, checked. */
export const joinSettings = boardSettings.extend({
  /** Only for a board that has not joined yet, or is to join anew. */
  url: z.string().transform(apiUrl).optional(),
  token: z.string().transform(wholeToken).optional(),
  /** Read instead of a token that is typed; removed when it has been used, and no matter when it is not there any more. */
  tokenFile: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  node: nodeName.optional(),
  clusterCidr: clusterRange.optional(),
  labels: z
    .string()
    .default('')
    .superRefine((text, context) => {
      const labels = parseBoardLabels(text);
      if (typeof labels === 'string') context.addIssue({ code: 'custom', message: labels });
    }),
});
export type JoinSettings = z.infer<typeof joinSettings>;

/** `192.168.1.10`, `pi.local:7443` or a whole URL: https, and the API's usual port unless told. */
function apiUrl(text: string, context: z.RefinementCtx): string {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(full))
    return refused(context, `"${text}" is no address: write https://HOST:${usualPort}`);
  const url = new URL(full);
  if (url.protocol !== 'https:')
    return refused(
      context,
      `${text}: boards join over https alone: write https://${url.hostname}:${usualPort}`,
    );
  // URL leaves out 443, which is https' own and may be meant.
  const port = url.port || (/:443(\/|$)/.test(full) ? '443' : usualPort);
  return `https://${url.hostname}:${port}`;
}

function wholeToken(text: string, context: z.RefinementCtx): string {
  if (parseJoinToken(text)) return text.trim();
  return refused(
    context,
    'this is not a join token: it looks like bramble1.….….…, on one line, from `bramble token create`',
  );
}

function refused(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
