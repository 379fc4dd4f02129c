import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Node, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { SimBoard } from '../board/board.ts';
import type { World } from '../world/world.ts';
import { askOf, loadOf, roomOf } from './capacity.ts';
import { networkDifferences } from './cluster-network.ts';
import { nodePrefix, podPrefix } from './durable-history.ts';
import { expectedPhases, type Phase } from './expected-phase.ts';
import { jobDifferences } from './jobs-rest.ts';
import { leftovers } from './leftovers.ts';
import { hasEndedOn, podDifferences } from './pod-state.ts';
import { unclaimedOn } from './unclaimed.ts';
import { boardOfDaemon, workloadDifferences } from './workloads.ts';

/** G6: what is still not as it should be, in words. Empty when the fleet has come to rest. */
export function differences(world: World): string[] {
  const { disk, controller, boards } = world;
  if (!controller.life) return ['the controller does not run'];
  const pods = under(disk.objects, podPrefix);
  return [
    ...storeDifferences(world),
    ...boards.flatMap((board) => nodeDifferences(board, disk.objects)),
    ...boards.flatMap(sharedAddresses),
    ...pods.flatMap((pod) => unboundDifferences(pod, world) ?? podDifferences(pod, world)),
    ...pods.flatMap((pod) => phaseDifferences(pod, world)),
    ...workloadDifferences(world),
    ...jobDifferences(world),
    ...leftovers(world),
    ...networkDifferences(boards, disk.objects),
  ];
}

function under(objects: ReadonlyMap<string, StoredObject>, prefix: string): StoredObject[] {
  return [...objects.values()].filter(({ key }) => key.startsWith(prefix));
}

/** G1: what a controller shows is what is on its disk. */
function storeDifferences({ controller, disk }: World): string[] {
  const store = controller.life?.controller.store;
  if (store?.storeId !== disk.storeId) return ['another store is served'];
  const shown = store.list('/');
  const wrong = shown.filter(({ key, revision }) => disk.objects.get(key)?.revision !== revision);
  if (wrong.length > 0 || shown.length !== disk.objects.size)
    return [`the store shows ${shown.length} objects, ${wrong.length} of them unlike the disk's`];
  return [];
}

function nodeDifferences({ name, bootId }: SimBoard, objects: ReadonlyMap<string, StoredObject>): string[] {
  const node = objects.get(`${nodePrefix}${name}`)?.object as unknown as Node | undefined;
  if (!node) return [`${name} is not registered`];
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return [`${name} is not ready: ${ready?.reason}`];
  const told = node.status?.nodeInfo?.bootID;
  return told === bootId ? [] : [`${name} is taken for ${told}, and is ${bootId}`];
}

function sharedAddresses({ name, network }: SimBoard): string[] {
  const all = [...network.namespaces.values()].flat();
  return new Set(all).size === all.length ? [] : [`${name} gave an address twice: ${all.sort().join(' ')}`];
}

/** A pod that waits has to have a reason; for a bound one the answer is `undefined`. */
function unboundDifferences({ key, object }: StoredObject, { disk, boards }: World): string[] | undefined {
  const pod = object as unknown as Pod;
  if (pod.spec?.nodeName) return undefined;
  // What another store's pods leave of a board is not in this store.
  const taken = new Set(
    boards.filter((each) => unclaimedOn(each, disk.storeId).size > 0).map(({ name }) => name),
  );
  const fitting = under(disk.objects, nodePrefix)
    .filter((node) => !taken.has(node.object.metadata.name))
    .filter((node) => fits(pod, node, disk.objects));
  return fitting.map((node) => `${key} is not bound, and ${node.object.metadata.name} has room for it`);
}

function fits(pod: Pod, node: StoredObject, objects: ReadonlyMap<string, StoredObject>): boolean {
  const { metadata, spec } = node.object as unknown as Node;
  const room = roomOf(node);
  // Daemons run on boards that are cordoned, too.
  if (!room || (spec?.unschedulable === true && boardOfDaemon(pod) === undefined)) return false;
  const only = boardOfDaemon(pod);
  if (only !== undefined && only !== metadata?.name) return false;
  const zone = pod.spec?.nodeSelector?.['zone'];
  if (zone !== undefined && metadata?.labels?.['zone'] !== zone) return false;
  const load = loadOf(metadata?.name ?? '', objects.values());
  const ask = askOf(pod);
  if (ask.hostPorts.some((port) => load.hostPorts.includes(port))) return false;
  return (
    (ask.cpuMilli === 0 || load.cpuMilli + ask.cpuMilli <= room.cpuMilli) &&
    (ask.memoryBytes === 0 || load.memoryBytes + ask.memoryBytes <= room.memoryBytes) &&
    load.pods < room.pods
  );
}

/** A board whose room is taken by pods that its controller does not know of turns others away, and says so. */
function isTurnedAway({ spec, status }: Pod, { boards, disk }: World): boolean {
  const board = boards.find(({ name }) => name === spec?.nodeName);
  return (
    board !== undefined &&
    status?.phase === 'Failed' &&
    status.message?.startsWith('Pod was rejected: ') === true &&
    unclaimedOn(board, disk.storeId).size > 0
  );
}

function phaseDifferences({ key, object }: StoredObject, world: World): string[] {
  const pod = object as unknown as Pod;
  if (object.metadata.deletionTimestamp !== undefined) return [`${key} is still being deleted`];
  const phase = (pod.status?.phase ?? 'Pending') as Phase;
  const expected = pod.spec?.nodeName ? phasesOnBoard(pod, world) : new Set<Phase>(['Pending']);
  if (expected.has(phase) || isTurnedAway(pod, world)) return [];
  return [`${key} on ${pod.spec?.nodeName} is ${phase}, not ${[...expected].join(' or ')}`];
}

function phasesOnBoard(pod: Pod, { boards }: World): ReadonlySet<Phase> {
  const board = boards.find(({ name }) => name === pod.spec?.nodeName);
  return expectedPhases(pod, (name) => hasEndedOn(board, pod.metadata?.uid ?? '', name));
}
