import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { Status } from '../request.ts';
import { failure } from '../status.ts';

/** Whose read it is, and which. */
export interface Reader {
  readonly user: string;
  readonly id: string;
}

/** A whole answer, from JSON that is there already. What is larger than a payload may be is refused in words. */
export function wholeAnswer(reader: Reader, code: number, json: string): OutgoingMessage {
  if (Buffer.byteLength(json) > limits.objectBytes - answerOverheadBytes)
    return statusAnswer(reader, tooLarge());
  return message(
    reader,
    `{"id":${JSON.stringify(reader.id)},"sequence":0,"code":${code},"end":true,"body":${json}}`,
  );
}

export function statusAnswer(reader: Reader, status: Status, sequence = 0): OutgoingMessage {
  const { id } = reader;
  return message(reader, JSON.stringify({ id, sequence, code: status.code, end: true, body: status }));
}

export function partAnswer(reader: Reader, sequence: number, text: string, end: boolean): OutgoingMessage {
  return message(reader, JSON.stringify({ id: reader.id, sequence, code: 200, end, text }));
}

/** Room for what stands around an answer's body. */
export const answerOverheadBytes = 1_024;

function tooLarge(): Status {
  return failure(
    413,
    'RequestEntityTooLarge',
    `the answer is longer than the ${limits.objectBytes} bytes of one message: ask for fewer objects with limit= and continue=`,
  );
}

function message({ user, id }: Reader, payload: string): OutgoingMessage {
  return { topic: topics.results(user, id), payload, qos: 1, retain: false };
}
