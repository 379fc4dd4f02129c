import type { ContainerView } from '@bramble/agent/runtime/port.ts';
import type { VolumeContent } from '@bramble/agent/volumes/port.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { ConfigMap, Container, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { SimBoard } from '../board/board.ts';
import type { World } from '../world/world.ts';
import { uidOf } from './containers.ts';
import { runsOn } from './expected-phase.ts';

/** Where the store's word on a bound, running pod and its board's state are apart. */
export function podDifferences({ key, object }: StoredObject, { boards, disk }: World): string[] {
  const pod = object as unknown as Pod;
  const board = boards.find(({ name }) => name === pod.spec?.nodeName);
  if (!board) return [`${key} is bound to ${pod.spec?.nodeName}, which does not exist`];
  if (pod.status?.phase !== 'Running') return [];
  const uid = object.metadata.uid ?? '';
  return [
    ...(pod.spec?.containers ?? []).flatMap((container) => containerDifferences(uid, container, pod, board)),
    ...addressDifferences(uid, pod, board),
    ...volumeDifferences(uid, board, disk.objects),
  ].map((difference) => `${key} on ${board.name}: ${difference}`);
}

function containerDifferences(uid: string, container: Container, pod: Pod, board: SimBoard): string[] {
  if (!runsOn(container)) return [];
  const shown = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
  const running = attemptsOn(board, uid, container.name).filter(({ state }) => state === 'running');
  // A reboot ended it while the pod's other containers were still to come, which then were started.
  const isOver = pod.spec?.restartPolicy === 'Never' && shown?.state?.terminated !== undefined;
  if (isOver && running.length === 0) return [];
  if (running.length !== 1) return [`${running.length} containers of ${container.name} run`];
  if (running[0]?.image !== container.image)
    return [`${container.name} runs ${running[0]?.image}, not ${container.image}`];
  const id = `sim://${running[0]?.id}`;
  return shown?.containerID === id && shown.state?.running
    ? []
    : [`the store shows ${shown?.containerID} for ${container.name}, and ${id} runs`];
}

/** Whether the board still has an attempt at the container that has come to its end. */
export function hasEndedOn(board: SimBoard | undefined, uid: string, name: string): boolean {
  return board !== undefined && attemptsOn(board, uid, name).some(({ state }) => state === 'exited');
}

function attemptsOn({ podman }: SimBoard, uid: string, name: string): ContainerView[] {
  return [...podman.containers.values()]
    .filter((each) => uidOf(each) === uid && each.view.labels['bramble.dev/container'] === name)
    .map(({ view }) => view);
}

function addressDifferences(uid: string, { status }: Pod, { network }: SimBoard): string[] {
  const shown = (status?.podIPs ?? []).map(({ ip }) => ip).join(' ');
  const real = network.namespaces.get(uid)?.join(' ');
  return shown === real && shown !== '' ? [] : [`the store shows the address ${shown}, and it has ${real}`];
}

/** ConfigMaps and Secrets reach the files that the pod sees, in their newest version. */
function volumeDifferences(
  uid: string,
  { volumes }: SimBoard,
  objects: ReadonlyMap<string, StoredObject>,
): string[] {
  const contents = volumes.pods.get(uid);
  if (!contents) return ['it has no volumes'];
  return contents.flatMap((content) => {
    const wanted = wantedVersion(content.name, objects);
    const real = versionIn(content);
    return real === wanted ? [] : [`its volume ${content.name} has version ${real}, not ${wanted}`];
  });
}

function wantedVersion(volume: string, objects: ReadonlyMap<string, StoredObject>): string | undefined {
  const config = objects.get(`/registry/configmaps/default/${volume}`)?.object as ConfigMap | undefined;
  if (config) return config.data?.['version'];
  const secret = objects.get(`/registry/secrets/default/${volume}`)?.object as ConfigMap | undefined;
  const data = secret?.data?.['version'];
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
}

function versionIn(content: VolumeContent): string | undefined {
  if (content.type !== 'files') return undefined;
  const file = content.files.find(({ path }) => path === 'version');
  return file && Buffer.from(file.bytes).toString();
}
