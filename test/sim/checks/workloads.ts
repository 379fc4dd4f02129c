import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { DaemonSet, Deployment, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { World } from '../world/world.ts';
import { podPrefix } from './durable-history.ts';
import { unclaimedOn } from './unclaimed.ts';

/** G6: Deployments and DaemonSets have the pods that they ask for, as far as there is room. */
export function workloadDifferences({ disk, boards }: World): string[] {
  const all = [...disk.objects.values()];
  const pods = all
    .filter(({ key }) => key.startsWith(podPrefix))
    .map(({ object }) => object as unknown as Pod);
  const crowded = new Set(
    boards.filter((each) => unclaimedOn(each, disk.storeId).size > 0).map(({ name }) => name),
  );
  const names = boards.map(({ name }) => name).filter((name) => !crowded.has(name));
  return [
    ...under('deployments', all).flatMap((each) => deploymentDifferences(each as Deployment, pods)),
    ...under('daemonsets', all).flatMap((each) => daemonDifferences(each as DaemonSet, pods, names)),
    ...under('replicasets', all).flatMap((each) => orphaned(each, all)),
  ];
}

/** The one board that a pod may run on, where a DaemonSet made it for that. */
export function boardOfDaemon({ spec }: Pod): string | undefined {
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const field = terms
    ?.flatMap(({ matchFields = [] }) => matchFields)
    ?.find(({ key }) => key === 'metadata.name');
  return field?.values?.[0];
}

function under(plural: string, all: readonly StoredObject[]): unknown[] {
  return all.filter(({ key }) => key.startsWith(`/registry/${plural}/`)).map(({ object }) => object);
}

function deploymentDifferences({ metadata, spec }: Deployment, pods: readonly Pod[]): string[] {
  const own = activePodsOf(metadata?.name, pods);
  const replicas = spec?.replicas ?? 1;
  const rolls = spec?.strategy?.type !== 'Recreate' && own.some(({ status }) => status?.phase === 'Pending');
  // While there is no room for a pod, its Deployment keeps some of the old ones in its place.
  const least = rolls ? replicas - Math.floor(replicas / 4) : replicas;
  const most = rolls ? replicas + Math.ceil(replicas / 4) : replicas;
  const wrong = own.length < least || own.length > most;
  const image = spec?.template.spec?.containers[0]?.image;
  const old = own.filter((pod) => pod.spec?.containers[0]?.image !== image);
  return [
    ...(wrong ? [`deployment ${metadata?.name} has ${own.length} pods, not ${replicas}`] : []),
    ...(old.length > 0 && !rolls
      ? [`deployment ${metadata?.name} has ${old.length} pods of another image`]
      : []),
  ];
}

function daemonDifferences(
  { metadata }: DaemonSet,
  pods: readonly Pod[],
  boards: readonly string[],
): string[] {
  const own = activePodsOf(metadata?.name, pods).map(boardOfDaemon);
  return boards.flatMap((board) => {
    const count = own.filter((name) => name === board).length;
    return count === 1 ? [] : [`daemon set ${metadata?.name} has ${count} pods for ${board}`];
  });
}

function activePodsOf(name: string | undefined, pods: readonly Pod[]): Pod[] {
  return pods.filter(
    ({ metadata, status }) =>
      metadata?.labels?.['web'] === name && status?.phase !== 'Failed' && status?.phase !== 'Succeeded',
  );
}

/** What was made for an owner goes with it. */
function orphaned(replicaSet: unknown, all: readonly StoredObject[]): string[] {
  const { metadata } = replicaSet as StoredObject['object'];
  const owners = (metadata.ownerReferences ?? []) as readonly { readonly uid: string }[];
  const isOwned = owners.some(({ uid }) => all.some(({ object }) => object.metadata.uid === uid));
  return isOwned ? [] : [`replica set ${metadata.name} has outlived its owner`];
}
