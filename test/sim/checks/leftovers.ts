import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import { referencesOf } from '@bramble/protocol/references.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { SimBoard } from '../board/board.ts';
import type { World } from '../world/world.ts';
import { uidOf } from './containers.ts';
import { nodePrefix, podPrefix } from './durable-history.ts';
import { unclaimedOn } from './unclaimed.ts';

/** What is left of pods that are gone: on the boards, in their journals, and at the broker. */
export function leftovers(world: World): string[] {
  const { boards, disk } = world;
  const known = (board: SimBoard): ReadonlySet<string> =>
    new Set([...uidsOf(board, world), ...unclaimedOn(board, disk.storeId)]);
  return [
    ...boards.flatMap((board) => onBoard(board, known(board))),
    ...boards.flatMap((board) => unneeded(board, world)),
    ...atBroker(world),
  ];
}

/** ConfigMaps and Secrets on the card that none of the pods there refers to, be it of this store or of another one. */
function unneeded({ name, journal }: SimBoard, { disk }: World): string[] {
  const parsed = (json: string): KubeObject => (JSON.parse(json) as { object: KubeObject }).object;
  const objects = [...journal.records].filter(([key]) => key.startsWith('objects/'));
  const pods = objects.filter(([key]) => key.startsWith('objects/pods/')).map(([, json]) => parsed(json));
  const bound = [...disk.objects.values()].filter(
    ({ key, object }) => key.startsWith(podPrefix) && nodeOf(object) === name,
  );
  const needed = new Set(
    [...pods, ...bound.map(({ object }) => object)].flatMap((pod) =>
      referencesOf(pod).map((each) => `${each.plural}/${pod.metadata.namespace}/${each.name}`),
    ),
  );
  return objects.flatMap(([key, json]) => {
    const [, plural] = key.split('/');
    const { metadata } = parsed(json);
    const isNeeded = plural === 'pods' || needed.has(`${plural}/${metadata.namespace}/${metadata.name}`);
    return isNeeded ? [] : [`${name} still has ${plural} ${metadata.name}, which no pod there needs`];
  });
}

function uidsOf({ name }: SimBoard, { disk }: World): ReadonlySet<string> {
  const uids = [...disk.objects.values()]
    .filter(({ key, object }) => key.startsWith(podPrefix) && nodeOf(object) === name)
    .map(({ object }) => object.metadata.uid ?? '');
  return new Set(uids);
}

function nodeOf(object: Readonly<Record<string, unknown>>): string | undefined {
  return (object['spec'] as { nodeName?: string } | undefined)?.nodeName;
}

function onBoard({ name, podman, network, volumes, journal }: SimBoard, uids: ReadonlySet<string>): string[] {
  const strange = (what: string, found: Iterable<string>): string[] =>
    [...found].filter((uid) => !uids.has(uid)).map((uid) => `${name} still has ${what} of ${uid}`);
  const journaled = [...journal.records.keys()].map((key) => /pods\/([^/]+)$/.exec(key)?.[1]);
  return [
    ...strange('a container', new Set([...podman.containers.values()].map(uidOf))),
    ...strange('the network', network.namespaces.keys()),
    ...strange('the volumes', volumes.pods.keys()),
    ...strange('journal records', new Set(journaled.filter((uid) => uid !== undefined))),
  ];
}

/** Retained facts are those of the objects that exist, and of nothing else. */
function atBroker({ broker, disk, boards }: World): string[] {
  const expected = new Set<string>([topics.controllerSession()]);
  for (const { name } of boards) {
    expected.add(topics.nodeSession(name));
    expected.add(topics.networkMembership(name));
  }
  expected.add(topics.networkIndex(defaultNetworkGroup));
  expected.add(topics.networkBoards(defaultNetworkGroup));
  for (const { key, object } of disk.objects.values()) {
    const { namespace = '', name } = object.metadata;
    if (key.startsWith(podPrefix)) expected.add(topics.fleetPod(namespace, name));
    if (key.startsWith(nodePrefix)) expected.add(topics.fleetNode(name));
    if (key.startsWith('/registry/services/'))
      expected.add(topics.networkService(defaultNetworkGroup, namespace, name));
  }
  const retained = new Set(broker.retained.keys());
  return [
    ...[...retained].filter((topic) => !expected.has(topic)).map((topic) => `${topic} is still retained`),
    ...[...expected].filter((topic) => !retained.has(topic)).map((topic) => `${topic} is not retained`),
  ];
}
