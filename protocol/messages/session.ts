import { keepaliveSeconds } from '../keepalive.ts';
import { described, digest, listUpTo, term, textUpTo, wholeFrom } from '../shapes.ts';
import * as z from '../zod.ts';

/** `controller/session`, retained: the controller's birth and, as its will, its death. */
export const controllerSession = z.object({
  storeId: z.uuid(),
  /** The controller's term: durable, grows with every start. */
  epoch: term,
  alive: z.boolean(),
  /** Another number: another connection of it. What was said between the two it has not heard. */
  connection: z.optional(term),
  watched: described(
    z.optional(z.boolean()),
    'true while somebody asks how boards are: they say it twice in a keepalive then, and every five minutes otherwise',
  ),
});
export type ControllerSession = z.infer<typeof controllerSession>;

/** Key is `pods/{uid}`, `configmaps/{uid}` or `secrets/{uid}`; value is the digest of what the board sees of it. */
export const heldObjects = z.record(textUpTo(128), digest);
export type HeldObjects = z.infer<typeof heldObjects>;

/** What tells the machine from one with a copy of its card; one of these is what the board joined as. */
const marks = listUpTo(32, textUpTo(64));

export const machine = z.object({
  /** `arm64` or `amd64`, Kubernetes' and Go's words. */
  architecture: textUpTo(32),
  operatingSystem: textUpTo(32),
  osImage: textUpTo(128),
  kernelVersion: textUpTo(128),
  /** Such as `Raspberry Pi 4 Model B Rev 1.4`; empty where unknown. */
  model: textUpTo(128),
  machineId: textUpTo(64),
  bootId: textUpTo(64),
  marks: z.optional(marks),
  runtimeVersion: textUpTo(64),
  agentVersion: textUpTo(64),
});
export type Machine = z.infer<typeof machine>;

/** Kubernetes resource list: quantities as text, such as `{cpu: "4", memory: "3882Mi", pods: "110"}`. */
export const resourceList = z.record(textUpTo(64), textUpTo(32));

/** `nodes/{node}/session`, retained: an agent's birth, and as its will (with `alive: false`) its death. */
export const nodeBirth = z.object({
  alive: z.literal(true),
  protocol: z.literal(1),
  /** Grows with every start of the agent; durable on the board. Later facts and the will name it. */
  boot: term,
  capacity: resourceList,
  allocatable: resourceList,
  addresses: listUpTo(32, z.object({ type: textUpTo(32), address: textUpTo(253) })),
  machine,
  labels: z.record(textUpTo(317), textUpTo(63)),
  /** The store the board is bound to, and the manifest it last applied there. */
  bound: z.optional(z.object({ storeId: z.uuid(), epoch: term, sequence: term })),
  keepaliveSeconds: described(
    z.optional(keepaliveSeconds),
    'of its connection; 30 where it is not said. Lost after one and a half times as long without a word',
  ),
  limitsMemory: described(
    z.optional(z.boolean()),
    'false where the kernel has no memory cgroups, so that pods run without their memory limits',
  ),
  held: heldObjects,
});
export type NodeBirth = z.infer<typeof nodeBirth>;

export const nodeDeath = z.object({
  alive: z.literal(false),
  boot: term,
  marks: described(z.optional(marks), 'of the machine, as in its birth, which may not have been heard'),
});
export type NodeDeath = z.infer<typeof nodeDeath>;

export const nodeSession = z.discriminatedUnion('alive', [nodeBirth, nodeDeath]);
export type NodeSession = z.infer<typeof nodeSession>;

const bytes = z.number().check(z.gte(0));

/** `nodes/{node}/metrics`, QoS 0, or 1 when it shows a new manifest: how the board is, and a sign of life. Bytes, 0–1 shares, degrees Celsius. */
export const metrics = z.object({
  boot: described(term, 'counts the starts of the board’s agent'),
  uptimeSeconds: described(z.number().check(z.gte(0)), 'since the board started'),
  cpuShare: described(z.number().check(z.gte(0), z.lte(1)), 'of all its processors together, 0 to 1'),
  memoryTotalBytes: bytes,
  memoryUsedBytes: bytes,
  diskTotalBytes: bytes,
  diskUsedBytes: bytes,
  temperatureCelsius: described(z.nullable(z.number()), 'null where the board cannot tell'),
  throttled: described(
    z.nullable(z.boolean()),
    'true while the firmware slows the board down; null where it cannot tell',
  ),
  receivedBytes: described(bytes, 'by all network interfaces since the board started'),
  sentBytes: bytes,
  intervalSeconds: described(
    z.optional(z.number().check(z.gte(0), z.lte(86_400))),
    'when the next follows; 15 where it is not said',
  ),
  manifest: described(
    z.optional(z.object({ epoch: term, sequence: term })),
    'the manifest last applied: what makes the controller repeat one that got lost',
  ),
  refusedMessages: described(
    z.optional(wholeFrom(1)),
    'orders that the agent refused since it started: forged, replayed, malformed; absent while there were none',
  ),
});
export type Metrics = z.infer<typeof metrics>;
