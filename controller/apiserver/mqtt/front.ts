import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { decodeText } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Result } from '@bramble/protocol/messages/results.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { UserInfo } from '../request.ts';
import { carryOut, failure, type Order, type RequestHandler } from './apply.ts';
import { Turns } from './turns.ts';

interface Handed {
  readonly type: 'apply' | 'delete';
  readonly user: string;
  readonly id: string;
}

type Message =
  | { readonly type: 'next' }
  | { readonly type: 'handed'; readonly topic: Handed; readonly payload: Uint8Array }
  | { readonly type: 'answered'; readonly user: string; readonly result: Result; readonly done: () => void };

export type MqttFront = ActorRef<Extract<Message, { type: 'handed' }>>;

export interface FrontPorts {
  readonly api: RequestHandler;
  /** The broker has proved the name; this says what its holder may do. */
  readonly userByName: (name: string) => UserInfo | undefined;
  readonly publish: (message: OutgoingMessage) => void;
}

interface State {
  readonly turns: Turns<Order>;
  /** `next` is on its way. */
  called: boolean;
}

const bounds = {
  underWay: 32,
  entries: 1_024,
  bytes: 67_108_864,
  /** What comes on top is told to try again. */
  entriesOfOne: 256,
  bytesOfOne: 16_777_216,
};

/** `apply/{user}/{id}` and `delete/{user}/{id}`: the API server's other door, into the same pipeline. */
export function mqttFront(ports: FrontPorts): Actor<State, Message> {
  return {
    start: () => ({ turns: new Turns(bounds), called: false }),
    receive(state, message, ctx) {
      if (message.type === 'handed') handed(ports, state, message, ctx);
      else if (message.type === 'answered') answered(ports, message);
      else state.called = false;
      if (message.type === 'next' || state.turns.isIdle) carryOutNext(ports, state, ctx);
      else callNext(state, ctx);
      return state;
    },
  };
}

function handed(
  ports: FrontPorts,
  { turns }: State,
  { topic, payload }: Extract<Message, { type: 'handed' }>,
  ctx: ActorContext<Message>,
): void {
  const refuse = (code: number, reason: string, why: string): void =>
    answer(ports, topic.user, { id: topic.id, items: [failure(code, reason, why)] });
  const user = ports.userByName(topic.user);
  if (!user) return refuse(401, 'Unauthorized', `there is no user "${topic.user}"`);
  const text = decodeText(payload, limits.objectBytes);
  if (!text.ok && payload.length > limits.objectBytes)
    return refuse(413, 'RequestEntityTooLarge', text.message);
  if (!text.ok) return refuse(400, 'BadRequest', text.message);
  const order = { ...topic, user, text: text.value, receivedAt: ctx.host.now() };
  if (!turns.add(topic.user, order, payload.length))
    refuse(429, 'TooManyRequests', 'too many messages at once: try again in a second');
}

function answered(ports: FrontPorts, { user, result, done }: Extract<Message, { type: 'answered' }>): void {
  done();
  answer(ports, user, result);
}

/** In a turn of its own, since reading a text takes milliseconds: what has come is taken in before, and a flood refused. */
function callNext(state: State, ctx: ActorContext<Message>): void {
  if (!state.called) ctx.setTimer('next', 0, { type: 'next' });
  state.called = true;
}

function carryOutNext(ports: FrontPorts, state: State, ctx: ActorContext<Message>): void {
  const next = state.turns.next();
  if (!next) return;
  const { done, work } = next;
  const user = work.user.name;
  callNext(state, ctx);
  ctx.pipe(
    carryOut(ports.api, work, ctx.host),
    (result) => ({ type: 'answered', user, result, done }),
    (error) => ({
      type: 'answered',
      user,
      result: { id: work.id, items: [failure(500, 'InternalError', String(error))] },
      done,
    }),
  );
}

function answer({ publish }: FrontPorts, user: string, result: Result): void {
  publish({ topic: topics.results(user, result.id), payload: JSON.stringify(result), qos: 1, retain: false });
}
