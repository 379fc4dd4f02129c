import { decodeJson } from '@bramble/protocol/decode.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { RegistryAuth } from '../runtime/port.ts';
import type { DesiredPod } from './desired.ts';

const entry = z.object({
  username: z.optional(z.string()),
  password: z.optional(z.string()),
  auth: z.optional(z.string()),
});
const dockerConfig = z.object({ auths: z.record(z.string(), entry) });
const keys = ['.dockerconfigjson', '.dockercfg'];

/** The first of the pod's imagePullSecrets that knows the image's registry. What cannot be read is passed over. */
export function registryAuth(image: string, desired: DesiredPod): RegistryAuth | undefined {
  for (const { name } of desired.pod?.spec?.imagePullSecrets ?? []) {
    const data = desired.data.get(`secrets/${name}`);
    const bytes = keys.map((key) => data?.get(key)).find((value) => value !== undefined);
    const config = bytes && decodeJson(dockerConfig, bytes);
    const found = config?.ok ? entryFor(config.value.auths, image) : undefined;
    const auth = found && credentialsOf(found);
    if (auth) return auth;
  }
  return undefined;
}

type Auths = z.infer<typeof dockerConfig>['auths'];

/** Docker's file names a registry by its host, with or without `https://`. */
function entryFor(auths: Auths, image: string): Auths[string] | undefined {
  const host = hostOf(image);
  if (host !== undefined) return auths[host] ?? auths[`https://${host}`];
  const key = Object.keys(auths).find((name) => defaultRegistry.test(name));
  return key === undefined ? undefined : auths[key];
}

/** The registry of images that name none has kept the address of its first API in such files. */
const defaultRegistry = /^https:\/\/index\.[^/]+\/v1\/$/;

/** What stands before the first slash, if it looks like a host. */
function hostOf(image: string): string | undefined {
  const first = image.split('/', 1)[0] ?? '';
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : undefined;
}

function credentialsOf({ username, password, auth }: z.infer<typeof entry>): RegistryAuth | undefined {
  if (username !== undefined && password !== undefined) return { username, password };
  const [name, ...rest] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return name && rest.length > 0 ? { username: name, password: rest.join(':') } : undefined;
}
