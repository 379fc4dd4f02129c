import type { Container, EnvFromSource, EnvVar } from '@bramble/protocol/schema/types.generated.ts';
import type { Data, DesiredPod, Resolution } from './desired.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './fields.ts';

/** A missing ConfigMap, Secret or key: the container waits with CreateContainerConfigError and this message. */
class Missing extends Error {}

/** A container's environment in the order of its definition. Messages are the kubelet's. */
export function environmentOf(
  container: Container,
  desired: DesiredPod,
): Resolution<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  try {
    for (const source of container.envFrom ?? []) addAll(source, desired, known);
    for (const variable of container.env ?? []) addOne(variable, container, desired, known);
    return { ok: true, value: known };
  } catch (error) {
    if (error instanceof Missing) return { ok: false, message: error.message };
    throw error;
  }
}

function addAll(source: EnvFromSource, desired: DesiredPod, known: Map<string, string>): void {
  const { configMapRef, secretRef, prefix = '' } = source;
  const data = configMapRef
    ? dataOf('configmaps', configMapRef.name, configMapRef.optional, desired)
    : dataOf('secrets', secretRef?.name, secretRef?.optional, desired);
  for (const [key, bytes] of data ?? []) {
    const name = prefix + key;
    if (isVariableName(name)) known.set(name, Buffer.from(bytes).toString('utf8'));
  }
}

/** Any printable ASCII but `=` (Kubernetes' relaxed rule for names). */
function isVariableName(name: string): boolean {
  return /^[ -<>-~]+$/.test(name);
}

function addOne(
  variable: EnvVar,
  container: Container,
  desired: DesiredPod,
  known: Map<string, string>,
): void {
  if (!variable.valueFrom) {
    known.set(variable.name, expand(variable.value ?? '', known));
    return;
  }
  const value = valueFrom(variable.valueFrom, container, desired);
  if (value !== undefined) known.set(variable.name, value);
}

function valueFrom(
  source: NonNullable<EnvVar['valueFrom']>,
  container: Container,
  desired: DesiredPod,
): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source;
  if (configMapKeyRef) return keyOf('configmaps', 'ConfigMap', configMapKeyRef, desired);
  if (secretKeyRef) return keyOf('secrets', 'Secret', secretKeyRef, desired);
  if (fieldRef) return required(fieldValue(fieldRef.fieldPath, desired));
  if (!resourceFieldRef) throw new Missing('valueFrom names no source that is supported');
  const named = resourceFieldRef.containerName;
  const of = named ? desired.pod?.spec?.containers.find(({ name }) => name === named) : container;
  return required(resourceValue(resourceFieldRef, of, desired));
}

function required(resolution: Resolution<string>): string {
  if (resolution.ok) return resolution.value;
  throw new Missing(resolution.message);
}

interface KeySelector {
  readonly key: string;
  readonly name?: string | undefined;
  readonly optional?: boolean | undefined;
}

function keyOf(
  plural: 'configmaps' | 'secrets',
  kind: string,
  selector: KeySelector,
  desired: DesiredPod,
): string | undefined {
  const data = dataOf(plural, selector.name, selector.optional, desired);
  const bytes = data?.get(selector.key);
  if (bytes !== undefined) return Buffer.from(bytes).toString('utf8');
  if (selector.optional === true) return undefined;
  throw new Missing(`couldn't find key ${selector.key} in ${kind} ${desired.namespace}/${selector.name}`);
}

function dataOf(
  plural: 'configmaps' | 'secrets',
  name: string | undefined,
  optional: boolean | undefined,
  desired: DesiredPod,
): Data | undefined {
  const data = desired.data.get(`${plural}/${name}`);
  if (data !== undefined || optional === true) return data;
  throw new Missing(`${plural === 'configmaps' ? 'configmap' : 'secret'} ${JSON.stringify(name)} not found`);
}
