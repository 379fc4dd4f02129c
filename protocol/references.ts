import type { KubeObject } from './kube.ts';
import type { Container, PodSpec, Volume } from './schema/types.generated.ts';

/** A ConfigMap or Secret of the pod's own namespace that the pod needs. */
export interface Reference {
  readonly plural: 'configmaps' | 'secrets';
  readonly name: string;
  /** The pod starts without it. */
  readonly optional: boolean;
}

/** Every ConfigMap and Secret that a pod's environment and volumes name, each once; needed beats optional. */
export function referencesOf(pod: KubeObject): Reference[] {
  const spec = pod['spec'] as PodSpec | undefined;
  const found = new Map<string, Reference>();
  const note = (
    plural: Reference['plural'],
    name: string | undefined,
    optional: boolean | undefined,
  ): void => {
    if (!name) return;
    const key = `${plural}/${name}`;
    const before = found.get(key);
    found.set(key, { plural, name, optional: (before?.optional ?? true) && optional === true });
  };
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])])
    ofContainer(container, note);
  for (const volume of spec?.volumes ?? []) ofVolume(volume, note);
  for (const { name } of spec?.imagePullSecrets ?? []) note('secrets', name, true);
  return [...found.values()];
}

type Note = (plural: Reference['plural'], name: string | undefined, optional: boolean | undefined) => void;

function ofContainer(container: Container, note: Note): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    note('configmaps', configMapRef?.name, configMapRef?.optional);
    note('secrets', secretRef?.name, secretRef?.optional);
  }
  for (const { valueFrom } of container.env ?? []) {
    note('configmaps', valueFrom?.configMapKeyRef?.name, valueFrom?.configMapKeyRef?.optional);
    note('secrets', valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.optional);
  }
}

function ofVolume(volume: Volume, note: Note): void {
  note('configmaps', volume.configMap?.name, volume.configMap?.optional);
  note('secrets', volume.secret?.secretName, volume.secret?.optional);
  for (const { configMap, secret } of volume.projected?.sources ?? []) {
    note('configmaps', configMap?.name, configMap?.optional);
    note('secrets', secret?.name, secret?.optional);
  }
}
