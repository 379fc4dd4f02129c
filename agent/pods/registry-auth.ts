import { decodeJson } from '@bramble/protocol/decode.ts';
import { z } from 'zod';
import type { RegistryAuth } from '../runtime/port.ts';
import type { DesiredPod } from './desired.ts';

const entry = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
});
const dockerConfig = z.object({ auths: z.record(z.string(), entry) });
const keys = ['.dockerconfigjson', '.dockercfg'];

/** The first of the pod's imagePullSecrets that knows the image's registry. What cannot be read is passed over. */
export function registryAuth(image: string, desired: DesiredPod): RegistryAuth | undefined {
  for (const { name } of desired.pod?.spec?.imagePullSecrets ?? []) {
    const data = desired.data.get(`secrets/${name}`);
    const bytes = keys.map((key) => data?.get(key)).find((value) => value !== undefined);
    const config = bytes && decodeJson(dockerConfig, bytes);
    const found = config?.ok ? config.value.auths[registryOf(image)] : undefined;
    const auth = found && credentialsOf(found);
    if (auth) return auth;
  }
  return undefined;
}

/** The host before the first slash, if it looks like one; else Docker Hub's name in such files. */
function registryOf(image: string): string {
  const first = image.split('/', 1)[0] ?? '';
  const isHost = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'https://index.docker.io/v1/';
}

function credentialsOf({ username, password, auth }: z.infer<typeof entry>): RegistryAuth | undefined {
  if (username !== undefined && password !== undefined) return { username, password };
  const [name, ...rest] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return name && rest.length > 0 ? { username: name, password: rest.join(':') } : undefined;
}
