import { z } from 'zod';

const since = z.string().describe('RFC 3339: since when it is so');

/** `fleet/nodes/{node}`, retained: a board in one line, for whoever watches. An empty payload: the board was removed. */
export const fleetNode = z.object({
  node: z.string(),
  ready: z.boolean().describe('its agent is in touch, and can run pods'),
  schedulable: z.boolean().describe('new pods may come to it: false while it is cordoned'),
  addresses: z.array(z.string()),
  model: z.string().describe('such as `Raspberry Pi 4 Model B Rev 1.4`; empty where unknown'),
  architecture: z.string().describe('`arm64` or `amd64`'),
  since,
  reason: z.string().describe('why it is ready or not, as in the Node’s condition'),
});
export type FleetNode = z.infer<typeof fleetNode>;

/** `fleet/pods/{ns}/{name}`, retained: a pod in one line. An empty payload: the pod is gone. */
export const fleetPod = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  phase: z.string().describe('Kubernetes’ phase: `Pending`, `Running`, `Succeeded`, `Failed`'),
  status: z.string().describe('what kubectl shows as STATUS: the phase, or the reason why not'),
  ready: z.boolean(),
  node: z.string().describe('the board; empty before the pod has one'),
  ips: z.array(z.string()),
  restarts: z.number().int().describe('of all containers together'),
  since,
});
export type FleetPod = z.infer<typeof fleetPod>;

/** `fleet/events/{ns}`: an event as it happens. */
export const fleetEvent = z.object({
  type: z.string().describe('`Normal` or `Warning`'),
  reason: z.string(),
  message: z.string(),
  kind: z.string().describe('what it is about: kind, namespace and name'),
  namespace: z.string().describe('empty for what is in no namespace'),
  name: z.string(),
  source: z.string().describe('who tells it'),
  count: z.number().int().describe('how often it happened'),
  time: z.string().describe('RFC 3339: the last time'),
});
export type FleetEvent = z.infer<typeof fleetEvent>;
