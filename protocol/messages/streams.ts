import { limits } from '../limits.ts';
import { portNumber, textUpTo, wholeFrom } from '../shapes.ts';
import * as z from '../zod.ts';

const place = { uid: textUpTo(64), container: textUpTo(63) };
const channels = { stdin: z.boolean(), stdout: z.boolean(), stderr: z.boolean(), tty: z.boolean() };

/** The logs of one container: the options of Kubernetes' PodLogOptions. */
export const logsRequest = z.object({
  type: z.literal('logs'),
  ...place,
  follow: z.boolean(),
  previous: z.boolean(),
  timestamps: z.boolean(),
  tailLines: z.optional(wholeFrom(0)),
  sinceSeconds: z.optional(wholeFrom(1)),
  sinceTime: z.optional(textUpTo(64)),
  limitBytes: z.optional(wholeFrom(1)),
});
export type LogsRequest = z.infer<typeof logsRequest>;

/** A command beside the container's own: Kubernetes' PodExecOptions. */
export const execRequest = z.object({
  type: z.literal('exec'),
  ...place,
  ...channels,
  command: z.array(textUpTo(limits.commandBytes)).check(z.minLength(1), z.maxLength(limits.commandWords)),
});
export type ExecRequest = z.infer<typeof execRequest>;

/** The container's own process: Kubernetes' PodAttachOptions. */
export const attachRequest = z.object({ type: z.literal('attach'), ...place, ...channels });
export type AttachRequest = z.infer<typeof attachRequest>;

/** One TCP connection to a port of the pod, reached as the container reaches `localhost`. */
export const portForwardRequest = z.object({
  type: z.literal('port-forward'),
  ...place,
  port: portNumber,
});
export type PortForwardRequest = z.infer<typeof portForwardRequest>;

/** What the containers of all pods of the board use: one JSON, `boardUsage`. */
export const usageRequest = z.object({ type: z.literal('usage') });
export type UsageRequest = z.infer<typeof usageRequest>;

export const streamRequest = z.discriminatedUnion('type', [
  logsRequest,
  execRequest,
  attachRequest,
  portForwardRequest,
  usageRequest,
]);
export type StreamRequest = z.infer<typeof streamRequest>;
/** What is asked of one container. */
export type ContainerRequest = Exclude<StreamRequest, UsageRequest>;

/**
 * The first message of `nodes/{node}/streams/{id}/in`: a signed order. `key` is the key of the stream's frames (32 bytes),
 * sealed to the board; `number` grows with each stream that this controller opens to this boot of the agent, which takes
 * none twice.
 */
export const streamOpen = z.object({
  storeId: z.uuid(),
  epoch: wholeFrom(0),
  boot: z.int(),
  number: wholeFrom(1),
  key: textUpTo(1_024),
  request: streamRequest,
});
export type StreamOpen = z.infer<typeof streamOpen>;

/** How a stream ended. `error` is absent when it ended by itself; `exitCode` is a command's. */
export const streamEnd = z.object({
  error: z.exactOptional(z.object({ code: z.int(), message: textUpTo(4_096) })),
  exitCode: z.exactOptional(z.int()),
});
export type StreamEnd = z.infer<typeof streamEnd>;

/** What travels in both directions after the opening, sealed with the stream's key (`../streams.ts`). */
export type StreamFrame =
  | { readonly type: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'stdin'; readonly bytes: Uint8Array }
  /** The last frame from the board. */
  | { readonly type: 'end'; readonly end: StreamEnd }
  /** The client will write no more. */
  | { readonly type: 'stdin-end' }
  /** Of the client's terminal, in characters. */
  | { readonly type: 'resize'; readonly width: number; readonly height: number }
  /** The other side may send as much more. The first one from the controller begins what was asked for. */
  | { readonly type: 'credit'; readonly bytes: number }
  /** The board found what was asked for, and waits for credit to begin. */
  | { readonly type: 'ready' }
  /** Nobody reads or writes any more. The last frame to the board. */
  | { readonly type: 'close' };
