import { listUpTo, portNumber, textUpTo } from '../shapes.ts';
import * as z from '../zod.ts';
import { fence } from './orders.ts';

export { defaultNetworkGroup } from '../network-group.ts';

/** A board's place among boards that reach each other. Kubernetes' form of a label's value, so that a Node's label can say it. */
export const networkGroup = z.string().check(z.regex(/^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/));

/** The label of a Node that names its network group. */
export const networkGroupLabel = 'bramble.dev/network-group';

const address = textUpTo(64);
const label = textUpTo(63);
const protocolName = z.enum(['TCP', 'UDP', 'SCTP']);

/** `nodes/{node}/network`, retained, signed: what one board must know before it can listen to its group. */
export const networkMembership = z.object({ fence, group: networkGroup });
export type NetworkMembership = z.infer<typeof networkMembership>;

/**
 * `network/{group}/index`, retained, signed: all Services there are, by `{namespace}/{name}`. What a board has and this
 * lacks is gone: a removal that was lost is made good by the next index.
 */
export const networkIndex = z.object({
  fence,
  serviceCIDR: address,
  /** The address of cluster DNS, which each board answers by itself. */
  clusterDNS: address,
  clusterDomain: textUpTo(253),
  services: listUpTo(10_000, textUpTo(320)),
});
export type NetworkIndex = z.infer<typeof networkIndex>;

/** `network/{group}/boards`, retained, signed: where the pods of the group's boards are. */
export const networkBoards = z.object({
  fence,
  boards: listUpTo(
    5_000,
    z.object({
      node: textUpTo(253),
      /** The board's own, as its birth named them, the most likely one first. */
      addresses: listUpTo(32, address),
      podCIDRs: listUpTo(2, address),
    }),
  ),
});
export type NetworkBoards = z.infer<typeof networkBoards>;

const backendPort = z.object({ name: label, protocol: protocolName, port: portNumber });

const endpoint = z.object({
  address,
  node: z.optional(textUpTo(253)),
  /** Its own name below that of a headless Service. */
  hostname: z.optional(label),
});
export type NetworkEndpoint = z.infer<typeof endpoint>;

/** `network/{group}/services/{namespace}/{name}`, retained, signed: one Service and who serves it, whole. */
export const networkService = z.object({
  fence,
  namespace: label,
  name: label,
  /** Empty for a headless Service, and for an external name. */
  clusterIPs: listUpTo(2, address),
  externalName: z.optional(textUpTo(253)),
  /** Calls from one address go to one endpoint. */
  clientAffinity: z.boolean(),
  /** Calls that come from inside, or from outside, stay on the board that they came to. */
  internalLocal: z.boolean(),
  externalLocal: z.boolean(),
  ports: listUpTo(
    1_000,
    z.object({ name: label, protocol: protocolName, port: portNumber, nodePort: z.optional(portNumber) }),
  ),
  /** Endpoints that take calls. Those of one group serve the same ports; a name stands for the Service's port. */
  backends: listUpTo(
    1_000,
    z.object({ ports: listUpTo(1_000, backendPort), endpoints: listUpTo(5_000, endpoint) }),
  ),
});
export type NetworkService = z.infer<typeof networkService>;
