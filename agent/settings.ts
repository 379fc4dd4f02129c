import { parseArgs } from 'node:util';
import { UsageError } from '@bramble/adapters/host/process.ts';
import { z } from 'zod';

const agentSettings = z.object({
  'data-dir': z.string(),
  node: z.string(),
  bridge: z.string(),
  'cluster-cidr': z.string(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']),
  /** API server to join through. */
  controller: z.url().optional(),
  /** Broker to dial; unless told, the one named at the join. */
  mqtt: z.url().optional(),
  'join-token-file': z.string().optional(),
});
export type AgentArguments = z.infer<typeof agentSettings>;

/** @throws UsageError naming the flag that is wrong or missing. */
export function parseArguments(args: readonly string[]): AgentArguments {
  const parsed = agentSettings.safeParse(readFlags(args));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`--${String(issue?.path[0])}: ${issue?.message}`);
}

function readFlags(args: readonly string[]): unknown {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'data-dir': { type: 'string', default: '.bramble' },
        node: { type: 'string' },
        bridge: { type: 'string', default: 'bramble0' },
        'cluster-cidr': { type: 'string', default: '10.42.0.0/16' },
        'log-level': { type: 'string', default: 'info' },
        controller: { type: 'string' },
        mqtt: { type: 'string' },
        'join-token-file': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
