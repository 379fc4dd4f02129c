import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { LogsPort } from '../http/ports.ts';
import { WatchEncoder } from '../http/watch-encoder.ts';
import type { LogTarget } from '../log-target.ts';
import type { Status, UserInfo, WatchSink } from '../request.ts';
import { badRequest, failure, internalError, StatusError } from '../status.ts';
import { partAnswer, type Reader, statusAnswer, wholeAnswer } from './read-answers.ts';
import { readBounds } from './read-bounds.ts';
import { type Outcome, type ReadPorts, readOnce } from './read-once.ts';
import { parseReadOrder } from './read-order.ts';
import { ReadSession } from './read-session.ts';

type Message =
  | { readonly type: 'handed'; readonly reader: Reader; readonly payload: Uint8Array }
  | { readonly type: 'outcome'; readonly reader: Reader; readonly outcome: Outcome }
  | { readonly type: 'bytes'; readonly key: string; readonly chunk: Uint8Array; readonly taken: () => void }
  | { readonly type: 'lines'; readonly key: string; readonly lines: readonly string[] }
  | { readonly type: 'ended'; readonly key: string; readonly status: Status | undefined }
  | { readonly type: 'silent'; readonly key: string };

export type MqttReads = ActorRef<Extract<Message, { type: 'handed' }>>;

export interface MqttReadsPorts extends ReadPorts {
  readonly logs: LogsPort;
  /** The broker has proved the name; this says what its holder may do. */
  readonly userByName: (name: string) => UserInfo | undefined;
  readonly publish: (message: OutgoingMessage) => void;
}

interface State {
  underWay: number;
  readonly sessions: Map<string, ReadSession>;
  /** What sends to a session by its key, on the lane that drops nothing. */
  readonly feed: (event: Extract<Message, { type: 'bytes' | 'lines' | 'ended' }>) => void;
}

type Context = ActorContext<Message>;

/** `get/{user}/{id}`: the API server's reads over MQTT. */
export function mqttReads(ports: MqttReadsPorts): Actor<State, Message> {
  return {
    start: (ctx) => ({ underWay: 0, sessions: new Map(), feed: ctx.listen((event) => event) }),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      for (const session of state.sessions.values()) session.drop();
    },
  };
}

function handle(ports: MqttReadsPorts, state: State, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'handed':
      return handed(ports, state, message, ctx);
    case 'outcome':
      state.underWay -= 1;
      return settle(ports, state, message.reader, message.outcome, ctx);
    case 'bytes':
      return state.sessions.get(message.key)?.bytes(message.chunk, message.taken);
    case 'lines':
      return lines(state, message.key, message.lines, ctx);
    case 'ended':
      return end(state, message.key, message.status, ctx);
    case 'silent':
      return end(
        state,
        message.key,
        failure(408, 'Timeout', 'the reader has said nothing for too long'),
        ctx,
      );
  }
}

function handed(
  ports: MqttReadsPorts,
  state: State,
  { reader, payload }: Extract<Message, { type: 'handed' }>,
  ctx: Context,
): void {
  try {
    const order = parseReadOrder(payload);
    const key = keyOf(reader);
    const session = state.sessions.get(key);
    if ('close' in order) return drop(state, key, ctx);
    if ('more' in order) {
      if (session) listenOn(key, ctx);
      session?.more(order.more);
      return;
    }
    const user = ports.userByName(reader.user);
    if (!user) throw new StatusError(failure(401, 'Unauthorized', `there is no user "${reader.user}"`));
    if (session) throw badRequest(`id "${reader.id}" names a log or watch that is still open`);
    if (state.underWay >= readBounds.underWay) throw tooMany('reads at once');
    begin(state, reader, readOnce(ports, user, order), ctx);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    ports.publish(statusAnswer(reader, error.status));
  }
}

function begin(state: State, reader: Reader, work: Promise<Outcome>, ctx: Context): void {
  state.underWay += 1;
  ctx.pipe(
    work,
    (outcome) => ({ type: 'outcome', reader, outcome }),
    (error) => ({ type: 'outcome', reader, outcome: { type: 'status', status: faultOf(error, ctx) } }),
  );
}

function faultOf(error: unknown, ctx: Context): Status {
  if (error instanceof StatusError) return error.status;
  ctx.log('error', 'a read failed unexpectedly', {
    error: error instanceof Error ? error.stack : String(error),
  });
  return internalError('the controller’s log says more');
}

function settle(ports: MqttReadsPorts, state: State, reader: Reader, outcome: Outcome, ctx: Context): void {
  if (outcome.type === 'whole') return ports.publish(wholeAnswer(reader, outcome.code, outcome.json));
  if (outcome.type === 'status') return ports.publish(statusAnswer(reader, outcome.status));
  if (outcome.type === 'log' && !outcome.log) return ports.publish(partAnswer(reader, 0, '', true));
  const key = keyOf(reader);
  const ofUser = [...state.sessions.keys()].filter((other) => other.startsWith(`${reader.user}/`)).length;
  if (state.sessions.size >= readBounds.sessions || ofUser >= readBounds.sessionsPerUser)
    return ports.publish(statusAnswer(reader, tooMany('logs and watches open').status));
  if (state.sessions.has(key)) return;
  const session = open(ports, state, reader);
  listenOn(key, ctx);
  session.fedBy(
    outcome.type === 'log' ? feedLog(ports, state, key, outcome.log) : feedWatch(state, key, outcome, ctx),
  );
}

function open(ports: MqttReadsPorts, state: State, reader: Reader): ReadSession {
  let sequence = 0;
  const session = new ReadSession({
    part: (text, end) => ports.publish(partAnswer(reader, sequence++, text, end)),
    fault: (status) => ports.publish(statusAnswer(reader, status, sequence++)),
  });
  state.sessions.set(keyOf(reader), session);
  return session;
}

function feedLog(
  { logs }: MqttReadsPorts,
  { feed }: State,
  key: string,
  log: LogTarget | undefined,
): () => void {
  if (!log) return () => {};
  return logs.open(log.pod, log.container, log.options, {
    onData: (chunk, taken) => feed({ type: 'bytes', key, chunk, taken }),
    onEnd: (status) => feed({ type: 'ended', key, status }),
  });
}

function feedWatch(
  { feed }: State,
  key: string,
  { watch, form, include }: Extract<Outcome, { type: 'watch' }>,
  { host }: Context,
): () => void {
  const encoder = new WatchEncoder(watch.kind, form, include);
  const sink: WatchSink = {
    onEvents: (events) => feed({ type: 'lines', key, lines: encoder.events(events, host.now()) }),
    onBookmark: (revision, initial) =>
      feed({ type: 'lines', key, lines: [encoder.bookmark(revision, initial)] }),
    onEnd: (status) => feed({ type: 'ended', key, status }),
  };
  return watch.start(sink);
}

function lines(state: State, key: string, told: readonly string[], ctx: Context): void {
  const fault = state.sessions.get(key)?.lines(told);
  if (fault) end(state, key, fault, ctx);
}

function end(state: State, key: string, status: Status | undefined, ctx: Context): void {
  state.sessions.get(key)?.end(status);
  forget(state, key, ctx);
}

function drop(state: State, key: string, ctx: Context): void {
  state.sessions.get(key)?.drop();
  forget(state, key, ctx);
}

function forget(state: State, key: string, ctx: Context): void {
  state.sessions.delete(key);
  ctx.cancelTimer(key);
}

function listenOn(key: string, ctx: Context): void {
  ctx.setTimer(key, readBounds.silenceMs, { type: 'silent', key });
}

function tooMany(what: string): StatusError {
  return new StatusError(failure(429, 'TooManyRequests', `too many ${what}: try again in a second`));
}

/** Neither part can hold a slash: each is one level of a topic. */
function keyOf({ user, id }: Reader): string {
  return `${user}/${id}`;
}
