import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');
const label = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;

/** What `bramble up` takes, checked. Names as in its flags. */
export const upSettings = z.object({
  dataDir: z.string().transform((path) => resolve(path)),
  httpsPort: port,
  mqttPort: port,
  controllerOnly: z.boolean().default(false),
  node: z
    .string()
    .default(() => hostname().toLowerCase())
    .refine(
      (name) => label.test(name),
      'a board’s name has lower-case letters, digits, - and . only: choose one with --node',
    ),
  clusterCidr: z.string().regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'must be an IPv4 range like 10.42.0.0/16'),
  bridge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,14}$/, 'a bridge’s name has at most 15 lower-case letters, digits and -'),
  newStore: z.boolean().default(false),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
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
