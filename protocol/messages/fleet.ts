import { z } from 'zod';

/** `fleet/nodes/{node}`, retained: a board in one line, for whoever watches. An empty payload: the board was removed. */
export const fleetNode = z.object({
  node: z.string(),
  ready: z.boolean(),
  schedulable: z.boolean(),
  addresses: z.array(z.string()),
  model: z.string(),
  architecture: z.string(),
  /** RFC 3339: since when `ready` is what it is. */
  since: z.string(),
  reason: z.string(),
});
export type FleetNode = z.infer<typeof fleetNode>;

/** `fleet/pods/{ns}/{name}`, retained: a pod in one line. An empty payload: the pod is gone. */
export const fleetPod = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  phase: z.string(),
  /** What kubectl shows as STATUS: the phase, or the reason why not. */
  status: z.string(),
  ready: z.boolean(),
  node: z.string(),
  ips: z.array(z.string()),
  restarts: z.number().int(),
  since: z.string(),
});
export type FleetPod = z.infer<typeof fleetPod>;

/** `fleet/events/{ns}`: an event as it happens. */
export const fleetEvent = z.object({
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  source: z.string(),
  count: z.number().int(),
  time: z.string(),
});
export type FleetEvent = z.infer<typeof fleetEvent>;
