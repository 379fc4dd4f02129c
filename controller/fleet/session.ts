import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { NodeSession } from '@bramble/protocol/messages/session.ts';
import type { DesiredObject } from './desired.ts';
import { nodeOfBirth, withReadiness } from './node-object.ts';
import { sendDesired, sendIfUnseen } from './session-orders.ts';
import { committed, report, sendAcks } from './session-reports.ts';
import type { SessionMessage, SessionPorts, SessionSettings, SessionState } from './session-types.ts';

/** Without a sign of life for this long a board counts as lost: one and a half keepalives. */
const silenceMs = limits.mqttKeepaliveSeconds * 1_500;
const retryMs = 1_000;
/** Changes are gathered for this long into one manifest. */
const gatherMs = 5;

/** The controller's side of one board: what it holds, what it should hold, and its reports on their way to the store. */
export function boardSession(
  ports: SessionPorts,
  settings: SessionSettings,
): Actor<SessionState, SessionMessage> {
  return {
    inbox: { capacity: 4_096, conflate: conflationKey },
    start(ctx) {
      // A controller that was away itself grants every board a full silence before it calls it lost.
      ctx.setTimer('silent', silenceMs, { type: 'timer', timer: 'silent' });
      return newState();
    },
    receive(state, message, ctx) {
      handle(ports, settings, state, message, ctx);
      return state;
    },
  };
}

function conflationKey(message: SessionMessage): string | undefined {
  if (message.type === 'desired' || message.type === 'metrics') return message.type;
  return message.type === 'report' ? `report/${message.report.uid}` : undefined;
}

function newState(): SessionState {
  return {
    birth: undefined,
    registeredBoot: undefined,
    silent: false,
    linkUp: true,
    desired: [],
    held: new Map(),
    sequence: 0,
    sentAtMs: 0,
    metrics: undefined,
    taken: new Map(),
    underWay: new Set(),
    waiting: new Map(),
    acks: {},
  };
}

function handle(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  message: SessionMessage,
  ctx: ActorContext<SessionMessage>,
): void {
  switch (message.type) {
    case 'desired': {
      const differs = isOther(state.desired, message.objects);
      state.desired = message.objects;
      // A board's own reports change nothing that it sees: no manifest, and no write to its card (G9).
      if (differs) ctx.setTimer('send', gatherMs, { type: 'timer', timer: 'send' });
      return;
    }
    case 'session':
      return sessionChanged(ports, settings, state, message.session, ctx);
    case 'metrics':
      if (message.metrics.boot !== state.birth?.boot) return;
      state.metrics = message.metrics;
      alive(ports, settings, state, ctx);
      return sendIfUnseen(ports, settings, state, ctx);
    case 'report':
      if (message.report.boot === state.birth?.boot) alive(ports, settings, state, ctx);
      return report(ports, settings, state, message.report, ctx);
    case 'link':
      state.linkUp = message.up;
      // While the controller itself has no link, silence says nothing about the board.
      if (message.up) ctx.setTimer('silent', silenceMs, { type: 'timer', timer: 'silent' });
      else ctx.cancelTimer('silent');
      return;
    case 'registered':
      if (message.ok) state.registeredBoot = message.boot;
      else ctx.setTimer('register', retryMs, { type: 'timer', timer: 'register' });
      return sendDesired(ports, settings, state, ctx);
    case 'readiness-written':
      // The board may have come back, or gone, while this was on its way to the disk.
      if (message.ok) return setReadiness(ports, settings, !state.silent, ctx);
      return ctx.setTimer('readiness', retryMs, { type: 'timer', timer: 'readiness' });
    case 'committed':
      return committed(ports, settings, state, message, ctx);
    case 'timer':
      return timer(ports, settings, state, message.timer, ctx);
  }
}

/** Whether a board would be told something new. */
function isOther(before: readonly DesiredObject[], now: readonly DesiredObject[]): boolean {
  if (before.length !== now.length) return true;
  const digests = new Map(before.map(({ key, digest }) => [key, digest]));
  return now.some(({ key, digest }) => digests.get(key) !== digest);
}

function timer(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  which: Extract<SessionMessage, { type: 'timer' }>['timer'],
  ctx: ActorContext<SessionMessage>,
): void {
  switch (which) {
    case 'silent':
      return lost(ports, settings, state, 'no sign of life', ctx);
    case 'acks':
      return sendAcks(ports, settings, state);
    case 'send':
      return sendDesired(ports, settings, state, ctx);
    case 'register':
      return register(ports, settings, state, ctx);
    case 'readiness':
      return setReadiness(ports, settings, !state.silent, ctx);
  }
}

function sessionChanged(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  session: NodeSession,
  ctx: ActorContext<SessionMessage>,
): void {
  const boot = state.birth?.boot ?? -1;
  // A will may arrive late, after the birth of the next boot: only the boot that it names has died.
  if (!session.alive)
    return session.boot >= boot ? lost(ports, settings, state, 'the link was lost', ctx) : undefined;
  if (session.boot < boot) return;
  if (session.boot > boot) state.taken.clear();
  state.birth = session;
  state.held.clear();
  for (const [key, digest] of Object.entries(session.held)) state.held.set(key, digest);
  state.silent = false;
  ctx.setTimer('silent', silenceMs, { type: 'timer', timer: 'silent' });
  register(ports, settings, state, ctx);
}

/** Writes the Node as the birth describes it; orders follow once that is on disk. */
function register(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: ActorContext<SessionMessage>,
): void {
  const { birth } = state;
  if (!birth) return;
  const key = nodeKey(settings.node);
  const current = ports.store.get(key);
  const described = nodeOfBirth(settings.node, birth, current?.object, settings, ctx.host);
  const node = withReadiness(described, !state.silent, ctx.host);
  const { boot } = birth;
  if (current && sameJson(current.object, node)) {
    state.registeredBoot = boot;
    return sendDesired(ports, settings, state, ctx);
  }
  ctx.pipe(
    ports.store.commit({
      conditions: [{ key, revision: current?.revision ?? 0 }],
      writes: [{ type: 'put', key, object: node }],
    }),
    (result) => ({ type: 'registered', boot, ok: result.ok }),
    () => ({ type: 'registered', boot, ok: false }),
  );
}

function alive(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  ctx: ActorContext<SessionMessage>,
): void {
  ctx.setTimer('silent', silenceMs, { type: 'timer', timer: 'silent' });
  if (!state.silent) return;
  state.silent = false;
  setReadiness(ports, settings, true, ctx);
}

function lost(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  reason: string,
  ctx: ActorContext<SessionMessage>,
): void {
  ctx.cancelTimer('silent');
  if (state.silent) return;
  state.silent = true;
  ctx.log('info', 'board lost', { reason });
  setReadiness(ports, settings, false, ctx);
}

function setReadiness(
  { store, events }: SessionPorts,
  { node }: SessionSettings,
  ready: boolean,
  ctx: ActorContext<SessionMessage>,
): void {
  const current = store.get(nodeKey(node));
  if (!current) return;
  const object = withReadiness(current.object, ready, ctx.host);
  if (object === current.object) return;
  const reason = ready ? 'NodeReady' : 'NodeNotReady';
  const message = `Node ${node} status is now: ${reason}`;
  events.send({
    type: 'note',
    note: {
      type: ready ? 'Normal' : 'Warning',
      reason,
      message,
      source: 'bramble-controller',
      about: object,
    },
  });
  ctx.pipe(
    store.commit({
      conditions: [{ key: current.key, revision: current.revision }],
      writes: [{ type: 'put', key: current.key, object }],
    }),
    ({ ok }) => ({ type: 'readiness-written', ok }),
    () => ({ type: 'readiness-written', ok: false }),
  );
}

function nodeKey(node: string): string {
  return `/registry/nodes/${node}`;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
