import { limits } from '@bramble/protocol/limits.ts';
import type { StreamFrame } from '@bramble/protocol/messages/streams.ts';
import { creditCost } from '@bramble/protocol/streams.ts';
import type { LogChunk } from '../runtime/port.ts';

/** What the container says, on its way out. */
export interface StreamOutput {
  chunks: AsyncIterator<LogChunk> | undefined;
  reading: boolean;
  exhausted: boolean;
  /** What was read and may not be sent yet. At most one chunk: the next is asked for when it is gone. */
  rest: LogChunk | undefined;
  creditBytes: number;
}

/** Sends as much of what was read as credit allows. `false` when a frame found no room on its way. */
export function sendOutput(output: StreamOutput, send: (frame: StreamFrame) => boolean): boolean {
  for (let { rest } = output; rest && output.creditBytes >= limits.streamFrameCost; { rest } = output) {
    const { stream, bytes } = rest;
    const size = Math.min(bytes.length, limits.streamFrameBytes, output.creditBytes);
    if (size > 0) {
      if (!send({ type: stream, bytes: bytes.subarray(0, size) })) return false;
      output.creditBytes -= creditCost(size);
    }
    output.rest = size < bytes.length ? { stream, bytes: bytes.subarray(size) } : undefined;
  }
  return true;
}
