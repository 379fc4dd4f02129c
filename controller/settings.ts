import { parseArgs } from 'node:util';
import { UsageError } from '@bramble/adapters/host/process.ts';
import { z } from 'zod';

const port = z.coerce.number('must be a port from 1 to 65535').int().min(0).max(65_535);

export const controllerSettings = z.object({
  'data-dir': z.string(),
  'https-port': port,
  'mqtt-port': port,
  'cluster-cidr': z.string().refine(isRange, 'must be an IPv4 range from /8 to /24, like 10.42.0.0/16'),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']),
  'new-store': z.boolean().default(false),
});
export type ControllerArguments = z.infer<typeof controllerSettings>;

function isRange(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const parts = address.split('.');
  const octets = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return octets && /^\d{1,2}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= 24;
}

/** @throws UsageError naming the flag that is wrong or missing. */
export function parseArguments(args: readonly string[]): ControllerArguments {
  const parsed = controllerSettings.safeParse(readFlags(args));
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
        'https-port': { type: 'string', default: '6443' },
        'mqtt-port': { type: 'string', default: '8883' },
        'cluster-cidr': { type: 'string', default: '10.42.0.0/16' },
        'log-level': { type: 'string', default: 'info' },
        'new-store': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
