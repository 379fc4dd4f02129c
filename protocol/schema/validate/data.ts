import type { Causes } from '../causes.ts';
import { getOwn } from '../json.ts';
import type { ConfigMap, Secret } from '../types.generated.ts';
import { configMapKey } from './names.ts';

/** Of all values together, as in Kubernetes (`MaxSecretSize`). */
const maxDataBytes = 1_048_576;

export function validateConfigMap(causes: Causes, { data, binaryData }: ConfigMap): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(data ?? {})) {
    causes.invalidEach(`data[${key}]`, key, configMapKey(key));
    if (Object.hasOwn(binaryData ?? {}, key)) {
      causes.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    }
    bytes += Buffer.byteLength(value ?? '');
  }
  for (const [key, value] of Object.entries(binaryData ?? {})) {
    causes.invalidEach(`binaryData[${key}]`, key, configMapKey(key));
    bytes += Buffer.byteLength(value ?? '', 'base64');
  }
  if (bytes > maxDataBytes) causes.tooLong('', maxDataBytes);
}

export function validateSecret(causes: Causes, secret: Secret): void {
  const data: Readonly<Record<string, string>> = secret.data ?? {};
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    causes.invalidEach(`data[${key}]`, key, configMapKey(key));
    bytes += Buffer.byteLength(value ?? '', 'base64');
  }
  if (bytes > maxDataBytes) causes.tooLong('data', maxDataBytes);
  validateType(causes, secret, data);
}

function validateType(causes: Causes, secret: Secret, data: Readonly<Record<string, string>>): void {
  if (secret.type === 'kubernetes.io/service-account-token') {
    const key = 'kubernetes.io/service-account.name';
    if (!secret.metadata?.annotations?.[key]) causes.required(`metadata.annotations[${key}]`);
  } else if (secret.type === 'kubernetes.io/dockerconfigjson') {
    validateJson(causes, data, '.dockerconfigjson');
  } else if (secret.type === 'kubernetes.io/dockercfg') {
    validateJson(causes, data, '.dockercfg');
  } else {
    for (const key of requiredKeys(secret.type, data)) causes.required(`data[${key}]`);
  }
}

function requiredKeys(type: string | null | undefined, data: Readonly<Record<string, string>>): string[] {
  const absent = (key: string): boolean => !Object.hasOwn(data, key);
  if (type === 'kubernetes.io/tls') return ['tls.crt', 'tls.key'].filter(absent);
  if (type === 'kubernetes.io/ssh-auth') return ['ssh-privatekey'].filter(absent);
  const basic = ['username', 'password'];
  return type === 'kubernetes.io/basic-auth' && basic.every(absent) ? basic : [];
}

function validateJson(causes: Causes, data: Readonly<Record<string, string>>, key: string): void {
  const value = getOwn(data, key);
  if (typeof value !== 'string') {
    causes.required(`data[${key}]`);
    return;
  }
  try {
    JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
  } catch {
    causes.invalid(`data[${key}]`, '<secret contents redacted>', 'must be valid JSON');
  }
}
