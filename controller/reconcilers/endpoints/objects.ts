import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { EndpointSlice, EndpointSubset, ServiceSpec } from '@bramble/protocol/schema/types.generated.ts';

export type ServiceObject = KubeObject & { readonly spec?: ServiceSpec };
export type SliceObject = KubeObject & Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>;
export type EndpointsObject = KubeObject & { readonly subsets?: readonly EndpointSubset[] };

export const serviceNameLabel = 'kubernetes.io/service-name';
export const sliceManagerLabel = 'endpointslice.kubernetes.io/managed-by';
export const endpointsManagerLabel = 'endpoints.kubernetes.io/managed-by';
export const headlessLabel = 'service.kubernetes.io/headless';
export const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror';

export const sliceManager = 'endpointslice-controller.k8s.io';
export const mirrorManager = 'endpointslicemirroring-controller.k8s.io';
export const endpointsManager = 'endpoint-controller';

export const isHeadless = ({ spec }: ServiceObject): boolean => spec?.clusterIP === 'None';
