import { resolve } from 'node:path';
import { parseBoardLabels } from '@bramble/protocol/board-labels.ts';
import { nodeName, parseJoinToken } from '@bramble/protocol/join.ts';
import * as z from '@bramble/protocol/zod.ts';
import { boardSettings, clusterRange, refused } from '../up/settings.ts';

const usualPort = '6443';

/** What `bramble join` takes, checked. */
export const joinSettings = z.extend(boardSettings, {
  /** Only for a board that has not joined yet, or is to join anew. */
  url: z.optional(z.pipe(z.string(), z.transform(apiUrl))),
  token: z.optional(z.pipe(z.string(), z.transform(wholeToken))),
  /** Read instead of a token that is typed; removed when it has been used, and no matter when it is not there any more. */
  tokenFile: z.optional(
    z.pipe(
      z.string(),
      z.transform((path) => resolve(path)),
    ),
  ),
  node: z.optional(nodeName),
  clusterCidr: z.optional(clusterRange),
  labels: z._default(
    z.string().check(
      z.superRefine((text, context) => {
        const labels = parseBoardLabels(text);
        if (typeof labels === 'string') context.addIssue({ code: 'custom', message: labels });
      }),
    ),
    '',
  ),
});
export type JoinSettings = z.infer<typeof joinSettings>;

/** `192.168.1.10`, `pi.local:7443` or a whole URL: https, and the API's usual port unless told. */
function apiUrl(text: string, context: z.core.ParsePayload): string {
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

function wholeToken(text: string, context: z.core.ParsePayload): string {
  if (parseJoinToken(text)) return text.trim();
  return refused(
    context,
    'this is not a join token: it looks like bramble1.….….…, on one line, from `bramble token create`',
  );
}
