import { type Actor, type ActorContext, type ActorRef, backoffDelay } from '@bramble/actors/index.ts';
import type { LinkEvent, MqttConnection, MqttDialer, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import { decodeJson } from '@bramble/protocol/decode.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { type ControllerSession, controllerSession } from '@bramble/protocol/messages/session.ts';
import { controllerFilters, parseTopic, type Topic, topics } from '@bramble/protocol/topics.ts';
import { readAhead } from './read-ahead.ts';
import type { OnRefused } from './refusals.ts';

export type LinkMessage =
  /** Lost when the link is down: all that the controller says are facts, which it states anew once connected. */
  | { readonly type: 'publish'; readonly message: OutgoingMessage }
  | { readonly type: 'publish-all'; readonly messages: readonly OutgoingMessage[] }
  /** Somebody asks how boards are. */
  | { readonly type: 'watched' }
  | { readonly type: 'unwatched' }
  | { readonly type: 'link'; readonly event: LinkEvent }
  | { readonly type: 'dial' }
  | { readonly type: 'restate' };

export type FleetLink = ActorRef<Extract<LinkMessage, { type: 'publish' | 'publish-all' | 'watched' }>>;

export interface Arrival {
  readonly topic: Topic;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export interface LinkPorts {
  readonly dialer: MqttDialer;
  readonly storeId: string;
  readonly epoch: number;
  /** Called in the link's turn; must only pass on. */
  readonly onArrival: (arrival: Arrival) => void;
  readonly onRefused: OnRefused;
  readonly onUp: () => void;
  readonly onDown: () => void;
}

interface State {
  connection: MqttConnection | undefined;
  up: boolean;
  attempts: number;
  /** Names the connection: when it was dialled, by the monotonic clock. */
  dialledAtMs: number;
  watched: boolean;
  /** It is about to say again that it is there. */
  restating: boolean;
}

/** A third of a board's: a controller that is cut off should know it before it takes its boards for lost (guarantee G6). */
const ownKeepaliveSeconds = 10;
/** Whatever says otherwise, and how often: it is answered at most once in this time. */
const restateMs = 500;
const redial = { backoff: { firstMs: 100, maxMs: 5_000 } };

/** The controller's one connection to its broker, embedded or not. */
export function fleetLink(ports: LinkPorts): Actor<State, LinkMessage> {
  return {
    inbox: { capacity: 100_000 },
    start(ctx) {
      const state: State = {
        connection: undefined,
        up: false,
        attempts: 0,
        dialledAtMs: 0,
        watched: false,
        restating: false,
      };
      dial(ports, state, ctx);
      return state;
    },
    receive(state, message, ctx) {
      if (message.type === 'publish') publish(state, message.message);
      else if (message.type === 'publish-all') for (const one of message.messages) publish(state, one);
      else if (message.type === 'dial') dial(ports, state, ctx);
      else if (message.type === 'restate') restate(ports, state);
      else if (message.type === 'watched') watched(ports, state, ctx);
      else if (message.type === 'unwatched') tellWatched(ports, state, false);
      else handle(ports, state, message.event, ctx);
      return state;
    },
    stopped(state) {
      // Said before leaving in order, since an orderly DISCONNECT sends no will (MQTT 3.1.1 §3.14.4).
      if (state.up) publish(state, session(ports, state, false));
      state.connection?.close();
      if (state.up) ports.onDown();
    },
  };
}

function dial(ports: LinkPorts, state: State, ctx: ActorContext<LinkMessage>): void {
  state.dialledAtMs = Math.floor(ctx.host.monotonic());
  const will = session(ports, state, false);
  state.connection = ports.dialer.dial(
    {
      clientId: 'bramble-controller',
      keepaliveSeconds: ownKeepaliveSeconds,
      will: { topic: will.topic, payload: Buffer.from(will.payload), retain: true },
      filters: controllerFilters,
    },
    readAhead(ctx.listen((event: LinkEvent) => ({ type: 'link', event }))),
  );
}

function handle(ports: LinkPorts, state: State, event: LinkEvent, ctx: ActorContext<LinkMessage>): void {
  switch (event.type) {
    case 'connected':
      state.up = true;
      state.attempts = 0;
      publish(state, session(ports, state, true));
      ports.onUp();
      return;
    case 'message': {
      const topic = parseTopic(event.topic);
      if (topic?.type === 'controller-session') heardOfItself(ports, state, event, ctx);
      else if (topic) ports.onArrival({ topic, payload: event.payload, retained: event.retained });
      else ports.onRefused('malformed');
      event.done();
      return;
    }
    case 'closed':
      state.connection = undefined;
      if (state.up) ports.onDown();
      state.up = false;
      redialLater(state, event.reason, ctx);
  }
}

/** A late will of an earlier connection, which a broker would tell everybody from now on. What was kept from before is answered already. */
function heardOfItself(
  { storeId, epoch }: LinkPorts,
  state: State,
  { payload, retained }: Extract<LinkEvent, { type: 'message' }>,
  ctx: ActorContext<LinkMessage>,
): void {
  const heard = decodeJson(controllerSession, payload);
  if (retained || !heard.ok || heard.value.alive || state.restating) return;
  if (heard.value.storeId !== storeId || heard.value.epoch > epoch) return;
  state.restating = true;
  ctx.setTimer('restate', restateMs, { type: 'restate' });
}

function restate(ports: LinkPorts, state: State): void {
  state.restating = false;
  publish(state, session(ports, state, true));
}

function redialLater(state: State, reason: string, ctx: ActorContext<LinkMessage>): void {
  state.attempts += 1;
  const delayMs = backoffDelay(redial, state.attempts, ctx.host.random());
  ctx.log('warn', 'no link to the broker', { reason, redialMs: Math.round(delayMs) });
  ctx.setTimer('dial', delayMs, { type: 'dial' });
}

/** Whoever asks will ask again: boards say how they are often for some minutes. */
function watched(ports: LinkPorts, state: State, ctx: ActorContext<LinkMessage>): void {
  ctx.setTimer('unwatched', limits.watchedMs, { type: 'unwatched' });
  if (!state.watched) tellWatched(ports, state, true);
}

function tellWatched(ports: LinkPorts, state: State, isWatched: boolean): void {
  state.watched = isWatched;
  publish(state, session(ports, state, true));
}

function publish(state: State, message: OutgoingMessage): void {
  if (state.up) state.connection?.publish(message);
}

function session(
  { storeId, epoch }: LinkPorts,
  { dialledAtMs, watched: isWatched }: State,
  alive: boolean,
): OutgoingMessage & { payload: string } {
  const fact: ControllerSession = {
    storeId,
    epoch,
    alive,
    connection: dialledAtMs,
    ...(alive && isWatched && { watched: true }),
  };
  return { topic: topics.controllerSession(), payload: JSON.stringify(fact), qos: 1, retain: true };
}
