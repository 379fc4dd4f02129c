import { referencesOf } from '@bramble/protocol/references.ts';
import type { DesiredObject } from './desired.ts';

export interface Fitted {
  readonly kept: readonly DesiredObject[];
  /** Pods for which there is no room. */
  readonly leftOut: readonly DesiredObject[];
}

/**
 * As much as a manifest may name. What its board holds already stays in, whatever the count: to leave a pod out would end
 * it. Of the others the oldest pods go first, each with the ConfigMaps and Secrets that it names, or not at all.
 */
export function fitManifest(
  desired: readonly DesiredObject[],
  isHeld: (key: string) => boolean,
  limit: number,
): Fitted {
  if (desired.length <= limit) return { kept: desired, leftOut: [] };
  const kept = new Map(desired.filter(({ key }) => isHeld(key)).map((object) => [object.key, object]));
  const named = new Map(desired.map((object) => [nameOf(object), object]));
  const leftOut: DesiredObject[] = [];
  for (const pod of inOrder(desired, isHeld)) {
    const group = [pod, ...needsOf(pod, named)].filter(({ key }) => !kept.has(key));
    if (kept.size + group.length <= limit) for (const object of group) kept.set(object.key, object);
    else if (!kept.has(pod.key)) leftOut.push(pod);
  }
  return { kept: [...kept.values()], leftOut };
}

function inOrder(desired: readonly DesiredObject[], isHeld: (key: string) => boolean): DesiredObject[] {
  const rank = ({ key, stored }: DesiredObject): string =>
    `${isHeld(key) ? 0 : 1} ${stored.object.metadata.creationTimestamp ?? ''} ${key}`;
  return desired.filter(({ plural }) => plural === 'pods').sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function nameOf({ plural, stored }: DesiredObject): string {
  const { namespace, name } = stored.object.metadata;
  return `${plural}/${namespace}/${name}`;
}

function needsOf({ stored }: DesiredObject, named: ReadonlyMap<string, DesiredObject>): DesiredObject[] {
  const { namespace } = stored.object.metadata;
  return referencesOf(stored.object).flatMap(
    ({ plural, name }) => named.get(`${plural}/${namespace}/${name}`) ?? [],
  );
}
