import { parseFlags } from '@bramble/adapters/host/flags.ts';
import * as z from '@bramble/protocol/zod.ts';
import { addressRange } from './apiserver/services/ranges.ts';

const port = z.coerce.number('must be a port from 1 to 65535').check(z.int(), z.gte(0), z.lte(65_535));

export const controllerSettings = z.object({
  'data-dir': z.string(),
  'https-port': port,
  'mqtt-port': port,
  /** Another broker than the embedded one. */
  broker: z.optional(z.string().check(z.refine(isBrokerUrl, 'must be like mqtts://192.168.1.20:8883'))),
  /** Where it takes users, who show name and token. */
  'broker-users-port': z.optional(port),
  'cluster-cidr': z
    .string()
    .check(z.refine(isRange, 'must be an IPv4 range from /8 to /24, like 10.42.0.0/16')),
  'service-cidr': z
    .string()
    .check(z.refine(isServiceRange, 'must be an IPv4 range from /8 to /28, like 10.43.0.0/16')),
  'log-level': z.enum(['debug', 'info', 'warn', 'error']),
  /** How long boards' certificates last; they are renewed after two thirds of it. */
  'board-certificate-ms': z.coerce.number().check(z.int(), z.gte(5_000), z.lte(3_650 * 86_400_000)),
  'new-store': z._default(z.boolean(), false),
});
export type ControllerArguments = z.infer<typeof controllerSettings>;

function isBrokerUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'mqtts:' && url.hostname !== '' && ['', '/'].includes(url.pathname);
}

function isRange(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  const parts = address.split('.');
  const octets = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return octets && /^\d{1,2}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= 24;
}

function isServiceRange(text: string): boolean {
  try {
    return addressRange(text).size > 0;
  } catch {
    return false;
  }
}

/** @throws UsageError naming the flag that is wrong or missing. */
export function parseArguments(args: readonly string[]): ControllerArguments {
  return parseFlags(
    controllerSettings,
    {
      'data-dir': { type: 'string', default: '.bramble' },
      'https-port': { type: 'string', default: '6443' },
      'mqtt-port': { type: 'string', default: '8883' },
      broker: { type: 'string' },
      'broker-users-port': { type: 'string' },
      'cluster-cidr': { type: 'string', default: '10.42.0.0/16' },
      'service-cidr': { type: 'string', default: '10.43.0.0/16' },
      'log-level': { type: 'string', default: 'info' },
      'board-certificate-ms': { type: 'string', default: `${365 * 86_400_000}` },
      'new-store': { type: 'boolean', default: false },
    },
    args,
  );
}
