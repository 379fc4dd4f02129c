import { limits } from '@bramble/protocol/limits.ts';
import type { StreamFrame } from '@bramble/protocol/messages/streams.ts';
import { creditCost } from '@bramble/protocol/streams.ts';
import type { Stream, StreamError, StreamInput } from './stream-state.ts';

/** Sends a sealed frame to the board; `false` when there is no way. */
export type SendFrame = (stream: Stream, frame: StreamFrame) => boolean;

export type Outcome =
  | { readonly type: 'open' }
  /** Not of the stream's key: nobody's word, which changes nothing. */
  | { readonly type: 'unsealed' }
  /** The board has ended it. */
  | { readonly type: 'ended'; readonly frame: Extract<StreamFrame, { type: 'end' }> }
  /** The board must be told that it is over. */
  | { readonly type: 'broken'; readonly error: StreamError };

const open: Outcome = { type: 'open' };

/** A payload from the board. */
export function takePayload(
  stream: Stream,
  payload: Uint8Array,
  taken: (stream: Stream, cost: number) => void,
  send: SendFrame,
): Outcome {
  const read = stream.reader.read(payload);
  if (!read.ok)
    return read.code === 'BRAMBLE_BAD_SIGNATURE' ? { type: 'unsealed' } : broken(502, read.message);
  const { sequence, frame } = read.value;
  if (sequence < stream.nextSequence) return open;
  if (sequence > stream.nextSequence) return broken(502, 'a part of the stream was lost on the way');
  stream.nextSequence += 1;
  return takeFrame(stream, frame, taken, send);
}

function takeFrame(
  stream: Stream,
  frame: StreamFrame,
  taken: (stream: Stream, cost: number) => void,
  send: SendFrame,
): Outcome {
  switch (frame.type) {
    case 'ready':
      if (stream.phase !== 'opening') return open;
      stream.phase = 'ready';
      stream.sink.onReady();
      return open;
    case 'stdout':
    case 'stderr':
      return takeBytes(stream, frame, taken);
    case 'credit':
      stream.inputCredit = Math.min(limits.streamCreditBytes, stream.inputCredit + frame.bytes);
      return sendInput(stream, send);
    case 'end':
      return { type: 'ended', frame };
    default:
      return open;
  }
}

function takeBytes(
  stream: Stream,
  { type, bytes }: Extract<StreamFrame, { type: 'stdout' | 'stderr' }>,
  taken: (stream: Stream, cost: number) => void,
): Outcome {
  const cost = creditCost(bytes.length);
  if (cost > stream.credit) return broken(502, 'the board sent more than it was asked for');
  stream.credit -= cost;
  let waits = true;
  stream.sink.onBytes(
    bytes,
    () => {
      if (waits) taken(stream, cost);
      waits = false;
    },
    type,
  );
  return open;
}

/** What the board may send anew, once it is worth a frame. */
export function giveCredit(stream: Stream, cost: number, send: SendFrame): Outcome {
  stream.uncredited += cost;
  if (stream.uncredited < limits.streamCreditBytes / 4) return open;
  const bytes = stream.uncredited;
  stream.uncredited = 0;
  stream.credit += bytes;
  return outcomeOf(send(stream, { type: 'credit', bytes }));
}

/** The first credit: with it the board begins what was asked for. */
export function begin(stream: Stream, send: SendFrame): Outcome {
  if (stream.phase !== 'ready') return open;
  stream.phase = 'begun';
  stream.credit = limits.streamCreditBytes;
  const begun = outcomeOf(send(stream, { type: 'credit', bytes: stream.credit }));
  return begun.type === 'open' ? sendInput(stream, send) : begun;
}

export function takeInput(stream: Stream, input: StreamInput, send: SendFrame): Outcome {
  if (stream.inputEnded) input.taken();
  else stream.input.push(input);
  return sendInput(stream, send);
}

export function endInput(stream: Stream, send: SendFrame): Outcome {
  if (stream.inputEnded) return open;
  stream.inputEnded = true;
  return sendInput(stream, send);
}

/** Sends what credit allows. */
function sendInput(stream: Stream, send: SendFrame): Outcome {
  const { input } = stream;
  if (stream.phase !== 'begun') return open;
  for (let [next] = input; next && stream.inputCredit >= limits.streamFrameCost; [next] = input) {
    const size = Math.min(next.bytes.length, limits.streamFrameBytes, stream.inputCredit);
    const bytes = next.bytes.subarray(0, size);
    if (size > 0 && !send(stream, { type: 'stdin', bytes })) return noWay;
    stream.inputCredit -= size > 0 ? creditCost(size) : 0;
    if (size < next.bytes.length) input[0] = { ...next, bytes: next.bytes.subarray(size) };
    else {
      input.shift();
      next.taken();
    }
  }
  if (!stream.inputEnded || input.length > 0 || stream.inputEndTold) return open;
  stream.inputEndTold = true;
  return outcomeOf(send(stream, { type: 'stdin-end' }));
}

function outcomeOf(sent: boolean): Outcome {
  return sent ? open : noWay;
}

function broken(code: number, message: string): Outcome {
  return { type: 'broken', error: { code, message } };
}

const noWay = broken(503, 'too much is under way to the boards');
