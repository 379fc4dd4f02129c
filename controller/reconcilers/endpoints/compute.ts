import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import type { PodObject } from '../../workloads/objects.ts';
import type { ObjectWrite } from '../queue/reconciler.ts';
import { wantedEndpoints } from './legacy.ts';
import {
  type EndpointsObject,
  endpointsManager,
  endpointsManagerLabel,
  mirrorManager,
  type ServiceObject,
  type SliceObject,
  skipMirrorLabel,
  sliceManager,
  sliceManagerLabel,
} from './objects.ts';
import { podEndpoints } from './pod-endpoints.ts';
import { mirroredSlices, wantedSlices } from './slices.ts';

export interface EndpointsFacts {
  /** Absent: it was deleted, and what was made for it goes. */
  readonly service: ServiceObject | undefined;
  /** Pods that the Service's selector names. */
  readonly pods: readonly PodObject[];
  /** Slices with the Service's name on them, whoever made them. */
  readonly slices: readonly SliceObject[];
  readonly endpoints: EndpointsObject | undefined;
}

/** What has to be written so that EndpointSlices and Endpoints say who stands behind a Service; nothing when they do. */
export function computeEndpoints({ service, pods, slices, endpoints }: EndpointsFacts): ObjectWrite[] {
  const own = slices.filter(({ metadata }) =>
    [sliceManager, mirrorManager].includes(metadata.labels?.[sliceManagerLabel] ?? ''),
  );
  const { wanted, legacy } = wantedOf(service, pods, endpoints);
  const byName = new Map(own.map((slice) => [slice.metadata.name, slice]));
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  return [
    ...wanted.flatMap((slice) => writeOf(byName.get(slice.metadata.name), slice)),
    ...own.filter(({ metadata }) => !names.has(metadata.name)).map(deletion),
    ...legacyWrites(legacy, endpoints),
  ];
}

function wantedOf(
  service: ServiceObject | undefined,
  pods: readonly PodObject[],
  endpoints: EndpointsObject | undefined,
): { readonly wanted: readonly SliceObject[]; readonly legacy: EndpointsObject | undefined } {
  if (!service || service.spec?.type === 'ExternalName') return { wanted: [], legacy: undefined };
  if (Object.keys(service.spec?.selector ?? {}).length === 0) {
    const mirrors = endpoints && !isOwn(endpoints) && endpoints.metadata.labels?.[skipMirrorLabel] !== 'true';
    return { wanted: mirrors ? mirroredSlices(service, endpoints) : [], legacy: undefined };
  }
  const all = podEndpoints(service, pods);
  return { wanted: wantedSlices(service, all), legacy: wantedEndpoints(service, all) };
}

/** Endpoints that somebody else wrote are left alone where nothing of ours should be. */
function legacyWrites(
  wanted: EndpointsObject | undefined,
  present: EndpointsObject | undefined,
): ObjectWrite[] {
  if (wanted) return writeOf(present, wanted);
  return present && isOwn(present) ? [deletion(present)] : [];
}

const isOwn = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.[endpointsManagerLabel] === endpointsManager;

const deletion = (object: KubeObject): ObjectWrite => ({ type: 'delete', object });

function writeOf(present: KubeObject | undefined, wanted: KubeObject): ObjectWrite[] {
  if (!present) return [{ type: 'create', object: wanted }];
  const { labels, annotations, ownerReferences } = wanted.metadata;
  const changed: KubeObject = {
    ...wanted,
    metadata: {
      ...present.metadata,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
  };
  return jsonEqual(present, changed) ? [] : [{ type: 'update', object: changed }];
}
