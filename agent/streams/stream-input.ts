import { limits } from '@bramble/protocol/limits.ts';
import type { StreamFrame } from '@bramble/protocol/messages/streams.ts';
import { creditCost } from '@bramble/protocol/streams.ts';
import type { BoardStreamMessage, BoardStreamPorts, StreamContext, StreamState } from './board-stream.ts';

/** What the client writes, on its way into the container. */
export interface StreamInput {
  readonly waiting: Uint8Array[];
  waitingCost: number;
  writing: boolean;
  /** Nothing follows what waits; `told` once the container knows. */
  ended: boolean | 'told';
  /** Of what the container took, not yet given back as credit. */
  uncredited: number;
}

/** `false` when more came than the credit that was given. */
export function takeInput(
  { input }: StreamState,
  frame: Extract<StreamFrame, { type: 'stdin' | 'stdin-end' }>,
): boolean {
  if (frame.type === 'stdin-end') {
    input.ended ||= true;
    return true;
  }
  input.waitingCost += creditCost(frame.bytes.length);
  if (input.ended) return true;
  input.waiting.push(frame.bytes);
  return input.waitingCost <= limits.streamCreditBytes;
}

/** Hands the container the next piece when it has taken the one before. */
export function writeNext(state: StreamState, ports: BoardStreamPorts, ctx: StreamContext): void {
  const { input, session } = state;
  if (!session || input.writing) return;
  giveCredit(input, ports);
  const bytes = input.waiting.shift();
  if (!bytes) return tellEnd(state);
  input.writing = true;
  const cost = creditCost(bytes.length);
  const written = (): BoardStreamMessage => {
    input.uncredited += cost;
    input.waitingCost -= cost;
    return { type: 'written' };
  };
  // What no longer reads has ended, or closed its input: the rest of it is dropped, as by a broken pipe.
  ctx.pipe(session.write(bytes), written, written);
}

function giveCredit(input: StreamInput, { send }: BoardStreamPorts): void {
  if (input.uncredited < limits.streamCreditBytes / 4) return;
  send({ type: 'credit', bytes: input.uncredited });
  input.uncredited = 0;
}

function tellEnd({ input, session }: StreamState): void {
  if (input.ended !== true) return;
  input.ended = 'told';
  session?.endInput();
}
