import type { ObjectStore } from '@bramble/controller/store/types.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';

export function keyOf({ kind, metadata }: KubeObject): string {
  return kind === 'Node' ? `/registry/nodes/${metadata.name}` : `/registry/pods/default/${metadata.name}`;
}

/** As the API does; each client writes one after the other. */
export async function create(
  store: ObjectStore,
  objects: readonly KubeObject[],
  clients: number,
): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let object = objects[next++]; object; object = objects[next++]) {
      const key = keyOf(object);
      const writes = [{ type: 'put', key, object }] as const;
      const result = await store.commit({ conditions: [{ key, revision: 0 }], writes });
      if (!result.ok) throw new Error(`a create was refused: ${JSON.stringify(result)}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

export function isBound(pod: KubeObject): boolean {
  return (pod['spec'] as { nodeName?: string }).nodeName !== undefined;
}

/** Its board cannot be found, and the pod says so. */
export function saysWhyNot(pod: KubeObject): boolean {
  const { conditions = [] } = pod['status'] as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'PodScheduled' && status === 'False');
}

/** Resolves when so many pods are as they should be. @throws when that takes too long. */
export function seen(
  store: ObjectStore,
  count: number,
  isSo: (pod: KubeObject) => boolean,
  withinMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count;
    const late = setTimeout(() => reject(new Error(`${left} of ${count} pods are missing`)), withinMs);
    const watch = store.watch({
      prefix: '/registry/pods/',
      from: undefined,
      onEvents: (events) => {
        for (const { stored, previous } of events)
          if (isSo(stored.object) && !(previous && isSo(previous.object))) left -= 1;
        if (left > 0) return;
        clearTimeout(late);
        if (watch.ok) watch.stop();
        resolve();
      },
    });
  });
}
