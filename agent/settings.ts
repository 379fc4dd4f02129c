import { parseFlags } from '@bramble/adapters/host/flags.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import * as z from '@bramble/protocol/zod.ts';

const agentSettings = z.object({
  'data-dir': z.string(),
  /** Unless told: as it joined, or this machine's name. */
  node: z.optional(z.string()),
  bridge: z.string(),
  /** Unless told, the one named at the join. */
  'cluster-cidr': z.optional(z.string()),
  /** Unless told, the one that the controller said last. */
  'service-cidr': z.optional(z.string()),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']),
  /** API server to join through. */
  controller: z.optional(z.url()),
  /** Broker to dial; unless told, the one named at the join. */
  mqtt: z.optional(z.url()),
  /** Unless told: as it was told last. */
  'mqtt-keepalive-seconds': z.optional(
    z.pipe(
      z.pipe(z.string().check(z.regex(/^\d+$/, 'must be a count of seconds')), z.transform(Number)),
      keepaliveSeconds,
    ),
  ),
  'join-token-file': z.optional(z.string()),
  /** Where there is a token, join with it before anything else, whatever the board is already. */
  'join-anew': z.boolean(),
  /** `key=value,…`, said of this board when it joins. */
  labels: z.pipe(z.string(), z.transform(labelsIn)),
});
export type AgentArguments = z.infer<typeof agentSettings>;

/** The command line has checked them; the controller does again. */
function labelsIn(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** @throws UsageError naming the flag that is wrong or missing. */
export function parseArguments(args: readonly string[]): AgentArguments {
  return parseFlags(
    agentSettings,
    {
      'data-dir': { type: 'string', default: '.bramble' },
      node: { type: 'string' },
      bridge: { type: 'string', default: 'bramble0' },
      'cluster-cidr': { type: 'string' },
      'service-cidr': { type: 'string' },
      'log-level': { type: 'string', default: 'info' },
      controller: { type: 'string' },
      mqtt: { type: 'string' },
      'mqtt-keepalive-seconds': { type: 'string' },
      'join-token-file': { type: 'string' },
      'join-anew': { type: 'boolean', default: false },
      labels: { type: 'string', default: '' },
    },
    args,
  );
}
