import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { nodeName, nodeNameOf } from '@bramble/protocol/join.ts';
import { z } from 'zod';
import { parseDurationMs } from '../duration.ts';

const port = z.coerce.number().int().min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');

const longestCertificateMs = 3_650 * 86_400_000;

/** What every program with an agent takes. Names as in its flags. */
export const boardSettings = z.object({
  dataDir: z.string().transform((path) => resolve(path)),
  bridge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,14}$/, 'a bridge’s name has at most 15 lower-case letters, digits and -'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
});

export const clusterRange = z
  .string()
  .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'must be an IPv4 range like 10.42.0.0/16');

/** What `bramble up` takes, checked. */
export const upSettings = boardSettings.extend({
  httpsPort: port,
  mqttPort: port,
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
