import { parseFlags } from '@bramble/adapters/host/flags.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import { z } from 'zod';

const agentSettings = z.object({
  'data-dir': z.string(),
  /** Unless told: as it joined, or this machine's name. */
  node: z.string().optional(),
  bridge: z.string(),
  /** Unless told, the one named at the join. */
  'cluster-cidr': z.string().optional(),
  /** Unless told, the one that the controller said last. */
  'service-cidr': z.string().optional(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']),
  /** API server to join through. */
  controller: z.url().optional(),
  /** Broker to dial; unless told, the one named at the join. */
  mqtt: z.url().optional(),
  /** Unless told: as it was told last. */
  'mqtt-keepalive-seconds': z
    .string()
    .regex(/^\d+$/, 'must be a count of seconds')
    .transform(Number)
    .pipe(keepaliveSeconds)
    .optional(),
  'join-token-file': z.string().optional(),
  /** Where there is a token, join with it before anything else, whatever the board is already. */
  'join-anew': z.boolean(),
  /** `key=value,…`, said of this board when it joins. */
  labels: z.string().transform(labelsIn),
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
