import { type Actor, type ActorContext, type ActorRef, backoffDelay } from '@bramble/actors/index.ts';
import type { LinkEvent, MqttConnection, MqttDialer } from '@bramble/adapters/mqtt/port.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { AuthTable } from '../identify.ts';
import {
  answerTopic,
  controlTopic,
  decodeAnswers,
  knownFrom,
  listing,
  type PluginAnswer,
} from './answers.ts';
import {
  type Command,
  carriedOut,
  commandsOf,
  type KnownAccess,
  type Plan,
  planAccess,
  type Step,
} from './plan.ts';
import { birthTopicOf, deathOf } from './put-out.ts';
import { wantedClients } from './wanted-clients.ts';

export type AccessMessage =
  /** There are other users, boards or tokens. */
  | { readonly type: 'changed' }
  /** `done` is called when the broker has carried out all that was wanted before, or does not in time. */
  | { readonly type: 'settle'; readonly done: () => void }
  | { readonly type: 'link'; readonly dialling: number; readonly event: LinkEvent }
  | { readonly type: 'dial' | 'look-again' | 'no-answer' | 'settle-late' | 'report' };

export type AccessKeeper = ActorRef<Extract<AccessMessage, { type: 'changed' | 'settle' }>>;

export interface AccessPorts {
  readonly dialer: MqttDialer;
  /** Whom the broker is to let in. It and the tokens are read when the broker is told. */
  readonly table: () => AuthTable;
  /** By user, in clear, as the broker must be told them; in memory alone, since the files hold hashes. */
  readonly tokens: ReadonlyMap<string, string>;
}

interface State {
  connection: MqttConnection | undefined;
  dialling: number;
  attempts: number;
  /** `undefined` until the broker has said what it has. */
  known: KnownAccess | undefined;
  /** What is still to be told; `undefined` when that has to be found out anew. */
  steps: readonly Step[] | undefined;
  /** What the broker was told and has not answered; no commands while it is asked what it has. */
  asked: { readonly id: string; readonly commands: readonly Command[] } | undefined;
  questions: number;
  waiting: (() => void)[];
  /** Topics on which boards that were put out said that they live. */
  readonly outdated: Set<string>;
  /** What a person must mend. */
  problems: Pick<Plan, 'withoutToken' | 'taken'>;
  /** The same, as it was told last. */
  reported: string;
}

type Context = ActorContext<AccessMessage>;

/**
 * The plugin writes its whole file anew with each command, and mosquitto serves nobody meanwhile: 25 ms with 500 boards,
 * 100 ms with 1,000. In between others have their turn.
 */
const stepsAtOnce = 4;
const answerMs = 30_000;
const lookAgainMs = 5_000;
const settleMs = 5_000;
/** A token is often heard of right after its user. */
const reportMs = 2_000;
const redial = { backoff: { firstMs: 200, maxMs: 10_000 } };

/** Keeps mosquitto's dynamic security plugin at what users and boards there are, over the broker's own control topic. */
export function accessKeeper(ports: AccessPorts): Actor<State, AccessMessage> {
  return {
    inbox: {
      capacity: 10_000,
      conflate: ({ type }) => (type === 'changed' ? type : undefined),
    },
    start(ctx) {
      const state: State = {
        connection: undefined,
        dialling: 0,
        attempts: 0,
        known: undefined,
        steps: undefined,
        asked: undefined,
        questions: 0,
        waiting: [],
        outdated: new Set(),
        problems: { withoutToken: [], taken: [] },
        reported: '[[],[]]',
      };
      dial(ports, state, ctx);
      return state;
    },
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped(state) {
      state.connection?.close();
      letGo(state);
    },
  };
}

function handle(ports: AccessPorts, state: State, message: AccessMessage, ctx: Context): void {
  switch (message.type) {
    case 'changed':
      state.steps = undefined;
      return tell(ports, state, ctx);
    case 'settle':
      if (state.waiting.length === 0) ctx.setTimer('settle', settleMs, { type: 'settle-late' });
      state.waiting.push(message.done);
      return tell(ports, state, ctx);
    case 'settle-late':
      return letGo(state);
    case 'report':
      return report(state, ctx);
    case 'dial':
      return dial(ports, state, ctx);
    case 'look-again':
      return look(state, ctx);
    case 'no-answer':
      ctx.log(
        'warn',
        `the broker does not answer on ${controlTopic}: is its dynamic security plugin loaded?`,
      );
      return state.connection?.close();
    case 'link':
      if (message.dialling === state.dialling) linked(ports, state, message.event, ctx);
      else if (message.event.type === 'message') message.event.done();
  }
}

function dial(ports: AccessPorts, state: State, ctx: Context): void {
  state.dialling += 1;
  const { dialling } = state;
  state.connection = ports.dialer.dial(
    {
      clientId: 'bramble-access',
      keepaliveSeconds: limits.mqttKeepaliveSeconds,
      will: undefined,
      filters: [answerTopic],
    },
    ctx.listen((event: LinkEvent) => ({ type: 'link', dialling, event })),
  );
}

function linked(ports: AccessPorts, state: State, event: LinkEvent, ctx: Context): void {
  if (event.type === 'connected') {
    state.attempts = 0;
    return look(state, ctx);
  }
  if (event.type === 'message') {
    event.done();
    if (event.topic === answerTopic) answered(ports, state, event.payload, ctx);
    else if (state.outdated.delete(event.topic)) sayDeath(state, event);
    return;
  }
  state.connection = undefined;
  state.known = undefined;
  state.asked = undefined;
  state.outdated.clear();
  for (const timer of ['answer', 'look']) ctx.cancelTimer(timer);
  state.attempts += 1;
  const delayMs = backoffDelay(redial, state.attempts, ctx.host.random());
  // The first, second, fourth, … time: a broker may be away for long.
  if ((state.attempts & (state.attempts - 1)) === 0)
    ctx.log('warn', noAccess, { reason: explained(event.reason) });
  ctx.setTimer('dial', delayMs, { type: 'dial' });
}

const noAccess = 'the broker cannot be told who may do what';

function explained(reason: string): string {
  if (!/certificate/i.test(reason)) return reason;
  return `${reason}: its certificate is not of this controller’s authority, or for another name; write its files anew with \`bramble broker-config mosquitto\``;
}

/** Asks what the broker has: after connecting, and when it did not do what we thought it could. */
function look(state: State, ctx: Context): void {
  state.known = undefined;
  state.steps = undefined;
  ask(state, ctx, [], listing);
}

/** One request at a time: the next follows from what came of it. */
function tell(ports: AccessPorts, state: State, ctx: Context): void {
  if (state.known === undefined || state.asked !== undefined) return;
  const steps = state.steps ?? findSteps(ports, state, state.known, ctx);
  state.steps = steps.slice(stepsAtOnce);
  if (steps.length === 0) return letGo(state);
  const { roles } = state.known;
  const commands = steps.slice(0, stepsAtOnce).flatMap((step) => commandsOf(step, roles));
  ask(state, ctx, commands, commands);
}

function findSteps(
  { table, tokens }: AccessPorts,
  state: State,
  known: KnownAccess,
  ctx: Context,
): readonly Step[] {
  const { steps, ...problems } = planAccess(wantedClients(table()), known, tokens);
  state.problems = problems;
  ctx.setTimer('report', reportMs, { type: 'report' });
  return steps;
}

function ask(state: State, ctx: Context, commands: readonly Command[], asked: readonly object[]): void {
  state.questions += 1;
  const id = `${state.dialling}-${state.questions}`;
  state.asked = { id, commands };
  const payload = JSON.stringify({ commands: asked.map((one) => ({ ...one, correlationData: id })) });
  state.connection?.publish({ topic: controlTopic, payload, qos: 1, retain: false });
  ctx.setTimer('answer', answerMs, { type: 'no-answer' });
}

/** Others may speak to the plugin as well, and all hear all answers. */
function answered(ports: AccessPorts, state: State, payload: Uint8Array, ctx: Context): void {
  const decoded = decodeAnswers(payload);
  if (!decoded.ok || state.asked === undefined) return;
  const { id, commands } = state.asked;
  const answers = decoded.value.responses.filter(({ correlationData }) => correlationData === id);
  if (answers.length === 0) return;
  state.asked = undefined;
  ctx.cancelTimer('answer');
  if (state.known === undefined) state.known = knownFrom(answers);
  else {
    const failed = failures(state.known, commands, answers, ctx);
    putOut(state, commands);
    if (failed > 0) return lookLater(state, ctx);
  }
  if (state.known === undefined) return lookLater(state, ctx);
  tell(ports, state, ctx);
}

function failures(
  known: KnownAccess,
  commands: readonly Command[],
  answers: readonly PluginAnswer[],
  ctx: Context,
): number {
  let failed = 0;
  for (const [at, command] of commands.entries()) {
    const answer = answers[at];
    if (answer !== undefined && answer.error === undefined) carriedOut(known, command);
    else {
      failed += 1;
      const fields = { command: command.command, error: answer?.error ?? 'no answer' };
      ctx.log('warn', 'the broker did not do what it was told', fields);
    }
  }
  return failed;
}

/** Looks for what the boards that were put out have said last: their wills follow from it. */
function putOut(state: State, commands: readonly Command[]): void {
  const births = commands.flatMap((command) => birthTopicOf(command) ?? []);
  if (births.length === 0) return;
  for (const topic of births) state.outdated.add(topic);
  state.connection?.subscribe(births);
}

function sayDeath(state: State, said: Extract<LinkEvent, { type: 'message' }>): void {
  state.connection?.unsubscribe([said.topic]);
  const death = deathOf(said);
  if (death) state.connection?.publish(death);
}

function lookLater(state: State, ctx: Context): void {
  state.known = undefined;
  letGo(state);
  ctx.setTimer('look', lookAgainMs, { type: 'look-again' });
}

function letGo(state: State): void {
  for (const done of state.waiting.splice(0)) done();
}

function report(state: State, ctx: Context): void {
  const { withoutToken, taken } = state.problems;
  const now = JSON.stringify([withoutToken, taken]);
  if (now === state.reported) return;
  state.reported = now;
  const advice =
    'users cannot use MQTT until they have asked something over HTTPS, or got a token by `bramble user token`';
  if (withoutToken.length > 0) ctx.log('warn', advice, { users: withoutToken });
  if (taken.length > 0)
    ctx.log('warn', 'the broker has other clients of these names: rename or delete them there', { taken });
}
