import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { nodeName, nodeNameOf } from '@bramble/protocol/join.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { z } from 'zod';
import { parseDurationMs } from '../duration.ts';

const port = z.coerce.number().int().min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');

const defaultBrokerPort = 8883;
const longestCertificateMs = 3_650 * 86_400_000;

/** In seconds. A bare number is refused: elsewhere it is minutes, and here most would mean seconds. */
const mqttKeepalive = z.string().transform((text, context) => {
  const seconds = /^\d+[sm]$/.test(text) ? (parseDurationMs(text) ?? 0) / 1_000 : 0;
  if (keepaliveSeconds.safeParse(seconds).success) return seconds;
  const { mqttKeepaliveLeastSeconds: least, mqttKeepaliveMostSeconds: most } = limits;
  context.addIssue({
    code: 'custom',
    message: `must be a duration from ${least}s to ${most / 60}m, like 10s or 5m`,
  });
  return z.NEVER;
});

/** What every program with an agent takes. Names as in its flags. */
export const boardSettings = z.object({
  dataDir: z.string().transform((path) => resolve(path)),
  bridge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,14}$/, 'a bridge’s name has at most 15 lower-case letters, digits and -'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  /** Seconds. Absent: as the board was told last. */
  mqttKeepalive: mqttKeepalive.optional(),
});

export const clusterRange = z
  .string()
  .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'must be an IPv4 range like 10.42.0.0/16');

function brokerUrl(given: string, problems: z.RefinementCtx<string>): string {
  const url = URL.parse(given.includes('://') ? given : `mqtts://${given}`);
  const plain = url?.protocol === 'mqtts:' && url.hostname !== '' && ['', '/'].includes(url.pathname);
  if (url && plain) return `mqtts://${url.hostname}:${url.port || defaultBrokerPort}`;
  problems.addIssue('must be like mqtts://192.168.1.20:8883; Bramble speaks TLS to its broker');
  return z.NEVER;
}

/** What `bramble up` takes, checked. */
export const upSettings = boardSettings.extend({
  httpsPort: port,
  mqttPort: port,
  broker: z.string().transform(brokerUrl).optional(),
  brokerUsersPort: port.optional(),
  controllerOnly: z.boolean().default(false),
  node: nodeName.default(() => nodeNameOf(hostname())),
  clusterCidr: clusterRange,
  serviceCidr: clusterRange,
  boardCertificates: z
    .string()
    .default('365d')
    .refine(
      (text) => (parseDurationMs(text) ?? 0) >= 5_000 && (parseDurationMs(text) ?? 0) <= longestCertificateMs,
      'must be a duration from 5s to 3650d, like 365d',
    ),
  newStore: z.boolean().default(false),
});
export type UpSettings = z.infer<typeof upSettings>;

/** @throws Error naming the flag and what it should be. */
export function parseSettings<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const flag = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Error(`--${flag}: ${issue?.message ?? 'not valid'}`);
}
