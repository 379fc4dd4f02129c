import { z } from 'zod';

const fenced = { storeId: z.uuid(), epoch: z.number().int().min(0) };

/** The logs of one container: the options of Kubernetes' PodLogOptions. */
export const logsRequest = z.object({
  type: z.literal('logs'),
  uid: z.string().max(64),
  container: z.string().max(63),
  follow: z.boolean(),
  previous: z.boolean(),
  timestamps: z.boolean(),
  tailLines: z.number().int().min(0).optional(),
  sinceSeconds: z.number().int().min(1).optional(),
  sinceTime: z.string().max(64).optional(),
  limitBytes: z.number().int().min(1).optional(),
});
export type LogsRequest = z.infer<typeof logsRequest>;

/** `nodes/{node}/streams/{id}/in`, signed, in order of `sequence` (from 0). */
export const streamIn = z.discriminatedUnion('type', [
  z.object({
    ...fenced,
    type: z.literal('open'),
    sequence: z.literal(0),
    boot: z.number().int(),
    request: logsRequest,
  }),
  /** The controller took this many more bytes: the agent may send as many again. */
  z.object({
    ...fenced,
    type: z.literal('credit'),
    sequence: z.number().int().min(1),
    bytes: z.number().int().min(1),
  }),
  z.object({ ...fenced, type: z.literal('close'), sequence: z.number().int().min(1) }),
]);
export type StreamIn = z.infer<typeof streamIn>;

/** Why a stream ended; `error` is absent when it ended by itself. */
export const streamEnd = z.object({
  error: z.object({ code: z.number().int(), message: z.string().max(4_096) }).optional(),
});
export type StreamEnd = z.infer<typeof streamEnd>;

/** `nodes/{node}/streams/{id}/out`: binary, `[type: u8][sequence: u32 big-endian][bytes]`. */
export type StreamOut =
  | { readonly type: 'stdout' | 'stderr'; readonly sequence: number; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly sequence: number; readonly end: StreamEnd };
