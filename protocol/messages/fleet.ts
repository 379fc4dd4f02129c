import { described } from '../shapes.ts';
import * as z from '../zod.ts';

const since = described(z.string(), 'RFC 3339: since when it is so');

/** `fleet/nodes/{node}`, retained: a board in one line, for whoever watches. An empty payload: the board was removed. */
export const fleetNode = z.object({
  node: z.string(),
  ready: described(z.boolean(), 'its agent is in touch, and can run pods'),
  schedulable: described(z.boolean(), 'new pods may come to it: false while it is cordoned'),
  addresses: z.array(z.string()),
  model: described(z.string(), 'such as `Raspberry Pi 4 Model B Rev 1.4`; empty where unknown'),
  architecture: described(z.string(), '`arm64` or `amd64`'),
  since,
  reason: described(z.string(), 'why it is ready or not, as in the Node’s condition'),
});
export type FleetNode = z.infer<typeof fleetNode>;

/** `fleet/pods/{ns}/{name}`, retained: a pod in one line. An empty payload: the pod is gone. */
export const fleetPod = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  phase: described(z.string(), 'Kubernetes’ phase: `Pending`, `Running`, `Succeeded`, `Failed`'),
  status: described(z.string(), 'what kubectl shows as STATUS: the phase, or the reason why not'),
  ready: z.boolean(),
  node: described(z.string(), 'the board; empty before the pod has one'),
  ips: z.array(z.string()),
  restarts: described(z.int(), 'of all containers together'),
  since,
});
export type FleetPod = z.infer<typeof fleetPod>;

/** `fleet/events/{ns}`: an event as it happens. */
export const fleetEvent = z.object({
  type: described(z.string(), '`Normal` or `Warning`'),
  reason: z.string(),
  message: z.string(),
  kind: described(z.string(), 'what it is about: kind, namespace and name'),
  namespace: described(z.string(), 'empty for what is in no namespace'),
  name: z.string(),
  source: described(z.string(), 'who tells it'),
  count: described(z.int(), 'how often it happened'),
  time: described(z.string(), 'RFC 3339: the last time'),
});
export type FleetEvent = z.infer<typeof fleetEvent>;
