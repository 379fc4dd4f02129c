import { groupOfNode } from '@bramble/controller/network/groups.ts';
import { serviceFact } from '@bramble/controller/network/service-fact.ts';
import {
  type ServiceObject,
  type SliceObject,
  serviceNameLabel,
} from '@bramble/controller/reconcilers/endpoints/objects.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { defaultNetworkGroup } from '@bramble/protocol/messages/network.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { SimBoard } from '../board/board.ts';

const servicePrefix = '/registry/services/';
const slicePrefix = '/registry/endpointslices/';

/** G6: every board answers for each Service with the endpoints that the store has; those are the pods that are ready. */
export function networkDifferences(
  boards: readonly SimBoard[],
  objects: ReadonlyMap<string, StoredObject>,
): string[] {
  const under = (prefix: string): KubeObject[] =>
    [...objects.values()].filter(({ key }) => key.startsWith(prefix)).map(({ object }) => object);
  const slices = under(slicePrefix) as SliceObject[];
  const nodes = new Map(under('/registry/nodes/').map((node) => [node.metadata.name, groupOfNode(node)]));
  const services = under(servicePrefix) as ServiceObject[];
  const facts = new Map(
    services.map((service) => {
      const { namespace, name } = service.metadata;
      const own = slices
        .filter(
          ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[serviceNameLabel] === name,
        )
        .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
      const fact = serviceFact(service, own, defaultNetworkGroup, (node) => nodes.get(node));
      return [`${namespace}/${name}`, fact] as const;
    }),
  );
  const ready = under('/registry/pods/').flatMap((pod) => readyAddress(pod as unknown as Pod));
  const called = (facts.get('default/all')?.backends ?? []).flatMap(({ endpoints }) =>
    endpoints.map(({ address, node }) => `${address} ${node}`),
  );
  return [
    ...(String(called.sort()) === String(ready.sort())
      ? []
      : [`the Service calls ${called}, and ${ready} are ready`]),
    ...boards.flatMap((board) => boardDifferences(board, facts)),
  ];
}

function boardDifferences({ name, cluster }: SimBoard, facts: ReadonlyMap<string, object>): string[] {
  if (!cluster.zone) return [`${name} knows no Services`];
  if (cluster.rules.length === 0) return [`${name} has no rules for Services`];
  const strange = [...cluster.zone.services.keys()].filter((key) => !facts.has(key));
  const wrong = [...facts].filter(([key, fact]) => {
    const { fence: _, ...known } = cluster.zone?.services.get(key) ?? { fence: undefined };
    return JSON.stringify(known) !== JSON.stringify(fact);
  });
  return [
    ...strange.map((key) => `${name} still has the Service ${key}`),
    ...wrong.map(([key]) => `${name} knows the Service ${key} otherwise than the store`),
  ];
}

function readyAddress({ metadata, spec, status }: Pod): string[] {
  const isReady = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True');
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (!isReady || ended || !status?.podIP || metadata?.deletionTimestamp) return [];
  return [`${status.podIP} ${spec?.nodeName}`];
}
