import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { decodeText } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Result } from '@bramble/protocol/messages/results.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { UserInfo } from '../request.ts';
import { carryOut, failure, type RequestHandler } from './apply.ts';

interface Handed {
  readonly type: 'apply' | 'delete';
  readonly user: string;
  readonly id: string;
}

type Message =
  | { readonly type: 'handed'; readonly topic: Handed; readonly payload: Uint8Array }
  | { readonly type: 'answered'; readonly user: string; readonly result: Result };

export type MqttFront = ActorRef<Extract<Message, { type: 'handed' }>>;

export interface FrontPorts {
  readonly api: RequestHandler;
  /** The broker has proved the name; this says what its holder may do. */
  readonly userByName: (name: string) => UserInfo | undefined;
  readonly publish: (message: OutgoingMessage) => void;
}

/** Messages under way at once; what comes on top is told to try again. */
const mostUnderWay = 256;

/** `apply/{user}/{id}` and `delete/{user}/{id}`: the API server's other door, into the same pipeline. */
export function mqttFront(ports: FrontPorts): Actor<number, Message> {
  return {
    start: () => 0,
    receive(underWay, message, ctx) {
      if (message.type === 'handed') return handed(ports, underWay, message, ctx);
      answer(ports, message.user, message.result);
      return underWay - 1;
    },
  };
}

function handed(
  ports: FrontPorts,
  underWay: number,
  { topic, payload }: Extract<Message, { type: 'handed' }>,
  ctx: ActorContext<Message>,
): number {
  const refuse = (code: number, reason: string, why: string): number => {
    answer(ports, topic.user, { id: topic.id, items: [failure(code, reason, why)] });
    return underWay;
  };
  const user = ports.userByName(topic.user);
  if (!user) return refuse(401, 'Unauthorized', `there is no user "${topic.user}"`);
  if (underWay >= mostUnderWay)
    return refuse(429, 'TooManyRequests', 'too many messages at once: try again in a second');
  const text = decodeText(payload, limits.objectBytes);
  if (!text.ok && payload.length > limits.objectBytes)
    return refuse(413, 'RequestEntityTooLarge', text.message);
  if (!text.ok) return refuse(400, 'BadRequest', text.message);
  const order = { ...topic, user, text: text.value, receivedAt: ctx.host.now() };
  ctx.pipe(
    carryOut(ports.api, order),
    (result) => ({ type: 'answered', user: topic.user, result }),
    (error) => ({
      type: 'answered',
      user: topic.user,
      result: { id: topic.id, items: [failure(500, 'InternalError', String(error))] },
    }),
  );
  return underWay + 1;
}

function answer({ publish }: FrontPorts, user: string, result: Result): void {
  publish({ topic: topics.results(user, result.id), payload: JSON.stringify(result), qos: 1, retain: false });
}
