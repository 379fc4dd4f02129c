import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { nodeName, nodeNameOf } from '@bramble/protocol/join.ts';
import { keepaliveSeconds } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import * as z from '@bramble/protocol/zod.ts';
import { parseDurationMs } from '../duration.ts';

const port = z.coerce
  .number()
  .check(z.int(), z.gte(1, 'a port is 1 to 65535'), z.lte(65_535, 'a port is 1 to 65535'));

const defaultBrokerPort = 8883;
const longestCertificateMs = 3_650 * 86_400_000;

/** Ends a transform of a flag with what it should be. */
export function refused({ issues, value }: z.core.ParsePayload, message: string): never {
  issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
}

/** In seconds. A bare number is refused: elsewhere it is minutes, and here most would mean seconds. */
const mqttKeepalive = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const seconds = /^\d+[sm]$/.test(text) ? (parseDurationMs(text) ?? 0) / 1_000 : 0;
    if (keepaliveSeconds.safeParse(seconds).success) return seconds;
    const { mqttKeepaliveLeastSeconds: least, mqttKeepaliveMostSeconds: most } = limits;
    return refused(context, `must be a duration from ${least}s to ${most / 60}m, like 10s or 5m`);
  }),
);

/** What every program with an agent takes. Names as in its flags. */
export const boardSettings = z.object({
  dataDir: z.pipe(
    z.string(),
    z.transform((path) => resolve(path)),
  ),
  bridge: z
    .string()
    .check(
      z.regex(/^[a-z][a-z0-9-]{0,14}$/, 'a bridge’s name has at most 15 lower-case letters, digits and -'),
    ),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  /** Seconds. Absent: as the board was told last. */
  mqttKeepalive: z.optional(mqttKeepalive),
});

export const clusterRange = z
  .string()
  .check(z.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'must be an IPv4 range like 10.42.0.0/16'));

function brokerUrl(given: string, context: z.core.ParsePayload): string {
  const url = URL.parse(given.includes('://') ? given : `mqtts://${given}`);
  const plain = url?.protocol === 'mqtts:' && url.hostname !== '' && ['', '/'].includes(url.pathname);
  if (url && plain) return `mqtts://${url.hostname}:${url.port || defaultBrokerPort}`;
  return refused(context, 'must be like mqtts://192.168.1.20:8883; Bramble speaks TLS to its broker');
}

function isCertificateDuration(text: string): boolean {
  const durationMs = parseDurationMs(text) ?? 0;
  return durationMs >= 5_000 && durationMs <= longestCertificateMs;
}

/** What `bramble up` takes, checked. */
export const upSettings = z.extend(boardSettings, {
  httpsPort: port,
  mqttPort: port,
  broker: z.optional(z.pipe(z.string(), z.transform(brokerUrl))),
  brokerUsersPort: z.optional(port),
  controllerOnly: z._default(z.boolean(), false),
  node: z._default(nodeName, () => nodeNameOf(hostname())),
  clusterCidr: clusterRange,
  serviceCidr: clusterRange,
  boardCertificates: z._default(
    z.string().check(z.refine(isCertificateDuration, 'must be a duration from 5s to 3650d, like 365d')),
    '365d',
  ),
  newStore: z._default(z.boolean(), false),
});
export type UpSettings = z.infer<typeof upSettings>;

/** @throws Error naming the flag and what it should be. */
export function parseSettings<T>(schema: z.ZodMiniType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const flag = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Error(`--${flag}: ${issue?.message ?? 'not valid'}`);
}
