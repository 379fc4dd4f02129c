import { z } from 'zod';
import { keepaliveSeconds } from '../keepalive.ts';

const digest = z.string().regex(/^[0-9a-f]{16}$/);
const term = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `controller/session`, retained: the controller's birth and, as its will, its death. */
export const controllerSession = z.object({
  storeId: z.uuid(),
  /** The controller's term: durable, grows with every start. */
  epoch: term,
  alive: z.boolean(),
  /** Another number: another connection of it. What was said between the two it has not heard. */
  connection: term.optional(),
  watched: z
    .boolean()
    .optional()
    .describe(
      'true while somebody asks how boards are: they say it twice in a keepalive then, and every five minutes otherwise',
    ),
});
export type ControllerSession = z.infer<typeof controllerSession>;

/** Key is `pods/{uid}`, `configmaps/{uid}` or `secrets/{uid}`; value is the digest of what the board sees of it. */
export const heldObjects = z.record(z.string().max(128), digest);
export type HeldObjects = z.infer<typeof heldObjects>;

/** What tells the machine from one with a copy of its card; one of these is what the board joined as. */
const marks = z.array(z.string().max(64)).max(32);

export const machine = z.object({
  /** `arm64` or `amd64`, Kubernetes' and Go's words. */
  architecture: z.string().max(32),
  operatingSystem: z.string().max(32),
  osImage: z.string().max(128),
  kernelVersion: z.string().max(128),
  /** Such as `Raspberry Pi 4 Model B Rev 1.4`; empty where unknown. */
  model: z.string().max(128),
  machineId: z.string().max(64),
  bootId: z.string().max(64),
  marks: marks.optional(),
  runtimeVersion: z.string().max(64),
  agentVersion: z.string().max(64),
});
export type Machine = z.infer<typeof machine>;

/** Kubernetes resource list: quantities as text, such as `{cpu: "4", memory: "3882Mi", pods: "110"}`. */
export const resourceList = z.record(z.string().max(64), z.string().max(32));

/** `nodes/{node}/session`, retained: an agent's birth, and as its will (with `alive: false`) its death. */
export const nodeBirth = z.object({
  alive: z.literal(true),
  protocol: z.literal(1),
  /** Grows with every start of the agent; durable on the board. Later facts and the will name it. */
  boot: term,
  capacity: resourceList,
  allocatable: resourceList,
  addresses: z.array(z.object({ type: z.string().max(32), address: z.string().max(253) })).max(32),
  machine,
  labels: z.record(z.string().max(317), z.string().max(63)),
  /** The store the board is bound to, and the manifest it last applied there. */
  bound: z.object({ storeId: z.uuid(), epoch: term, sequence: term }).optional(),
  keepaliveSeconds: keepaliveSeconds
    .optional()
    .describe(
      'of its connection; 30 where it is not said. Lost after one and a half times as long without a word',
    ),
  limitsMemory: z
    .boolean()
    .optional()
    .describe('false where the kernel has no memory cgroups, so that pods run without their memory limits'),
  held: heldObjects,
});
export type NodeBirth = z.infer<typeof nodeBirth>;

export const nodeDeath = z.object({
  alive: z.literal(false),
  boot: term,
  marks: marks.optional().describe('of the machine, as in its birth, which may not have been heard'),
});
export type NodeDeath = z.infer<typeof nodeDeath>;

export const nodeSession = z.discriminatedUnion('alive', [nodeBirth, nodeDeath]);
export type NodeSession = z.infer<typeof nodeSession>;

const bytes = z.number().min(0);

/** `nodes/{node}/metrics`, QoS 0, or 1 when it shows a new manifest: how the board is, and a sign of life. Bytes, 0–1 shares, degrees Celsius. */
export const metrics = z.object({
  boot: term.describe('counts the starts of the board’s agent'),
  uptimeSeconds: z.number().min(0).describe('since the board started'),
  cpuShare: z.number().min(0).max(1).describe('of all its processors together, 0 to 1'),
  memoryTotalBytes: bytes,
  memoryUsedBytes: bytes,
  diskTotalBytes: bytes,
  diskUsedBytes: bytes,
  temperatureCelsius: z.number().nullable().describe('null where the board cannot tell'),
  throttled: z
    .boolean()
    .nullable()
    .describe('true while the firmware slows the board down; null where it cannot tell'),
  receivedBytes: bytes.describe('by all network interfaces since the board started'),
  sentBytes: bytes,
  intervalSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe('when the next follows; 15 where it is not said'),
  manifest: z
    .object({ epoch: term, sequence: term })
    .optional()
    .describe('the manifest last applied: what makes the controller repeat one that got lost'),
  refusedMessages: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'orders that the agent refused since it started: forged, replayed, malformed; absent while there were none',
    ),
});
export type Metrics = z.infer<typeof metrics>;
