import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import { silenceMs, untoldDeathMs } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import type { DesiredObject } from './desired.ts';
import { keepaliveOf } from './node-object.ts';
import { nodeWritten, writeNode } from './session-node.ts';
import { noteSeen, repeatUnseen, sendDesired, sendIfUnseen, sendSoon } from './session-orders.ts';
import { committed, forgetReports, report, sendAcks } from './session-reports.ts';
import {
  newSessionState,
  type SessionMessage,
  type SessionPorts,
  type SessionSettings,
  type SessionState,
} from './session-types.ts';

type Context = ActorContext<SessionMessage>;

/** The controller's side of one board: what it holds, what it should hold, and its reports on their way to the store. */
export function boardSession(
  ports: SessionPorts,
  settings: SessionSettings,
): Actor<SessionState, SessionMessage> {
  return {
    inbox: { capacity: 4_096, conflate: conflationKey },
    start(ctx) {
      const { desired, released, birth, linkUp, life } = settings.known();
      const state = newSessionState(desired, released, linkUp);
      state.silent = life === 'lost';
      state.heardSinceUp = life === 'alive';
      // The birth may be gone with the broker, and the board not know yet that it is to say it anew.
      state.keepaliveSeconds = keepaliveOf(ports.store.get(`/registry/nodes/${settings.node}`)?.object);
      // A controller that was away itself grants every board a full silence before it calls it lost.
      if (birth) born(ports, settings, state, birth, ctx);
      if (!state.silent) listen(state, ctx);
      return state;
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

function handle(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  message: SessionMessage,
  ctx: Context,
): void {
  switch (message.type) {
    case 'desired':
      return desiredChanged(state, message.objects, ctx);
    case 'released':
      state.released = message.uids;
      return sendSoon(state, ctx);
    case 'session':
      return sessionChanged(ports, settings, state, message, ctx);
    case 'metrics':
      if (message.metrics.boot !== state.birth?.boot) return noteLaterBoot(state, message.metrics.boot);
      state.metrics = message.metrics;
      alive(ports, settings, state, ctx);
      noteSeen(ports, state, ctx);
      return sendIfUnseen(ports, settings, state, ctx);
    case 'report':
      if (message.report.boot === state.birth?.boot) alive(ports, settings, state, ctx);
      return report(ports, settings, state, message.report, ctx);
    case 'link':
      return linkChanged(state, message.up, ctx);
    case 'node-deleted':
      return writeNode(ports, settings, state, ctx);
    case 'node-written':
      return nodeWritten(ports, settings, state, message, ctx);
    case 'committed':
      return committed(ports, settings, state, message, ctx);
    case 'timer':
      return timer(ports, settings, state, message.timer, ctx);
  }
}

function timer(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  which: Extract<SessionMessage, { type: 'timer' }>['timer'],
  ctx: Context,
): void {
  switch (which) {
    case 'silent':
      return lost(ports, settings, state, 'no sign of life', ctx);
    case 'acks':
      return sendAcks(ports, settings, state);
    case 'send':
      state.sendPending = false;
      return sendDesired(ports, settings, state, ctx);
    case 'node':
      return writeNode(ports, settings, state, ctx);
    case 'unseen':
      return repeatUnseen(ports, settings, state, ctx);
  }
}

function desiredChanged(state: SessionState, objects: readonly DesiredObject[], ctx: Context): void {
  const differs = isOther(state.desired, objects);
  state.desired = objects;
  forgetReports(state);
  // A board's own reports change nothing that it sees: no manifest, and no write to its card (G9).
  if (differs) sendSoon(state, ctx);
}

/** Whether a board would be told something new. */
function isOther(before: readonly DesiredObject[], now: readonly DesiredObject[]): boolean {
  if (before.length !== now.length) return true;
  const digests = new Map(before.map(({ key, digest }) => [key, digest]));
  return now.some(({ key, digest }) => digests.get(key) !== digest);
}

/** While the controller itself has no link, silence says nothing about the board (guarantee G6). */
function linkChanged(state: SessionState, up: boolean, ctx: Context): void {
  state.linkUp = up;
  state.heardSinceUp = false;
  if (!up) return ctx.cancelTimer('silent');
  listen(state, ctx);
  for (const key of state.unconfirmed) state.held.delete(key);
  state.unconfirmed.clear();
  sendSoon(state, ctx);
}

/**
 * Without a sign of life for so long from now on, a board counts as lost. Once it was heard on the controller's present
 * connection the broker tells of its death, after one and a half keepalives at most.
 */
function listen(state: SessionState, ctx: Context): void {
  state.heardAtMs = ctx.host.monotonic();
  const patienceMs = (state.heardSinceUp ? untoldDeathMs : silenceMs)(state.keepaliveSeconds);
  if (state.linkUp) ctx.setTimer('silent', patienceMs, { type: 'timer', timer: 'silent' });
}

function sessionChanged(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  { session, retained, again = false }: Extract<SessionMessage, { type: 'session' }>,
  ctx: Context,
): void {
  const boot = state.birth?.boot ?? -1;
  if (session.boot < boot && !again) return;
  // A will may arrive late, after the birth of the next boot: only the boot that it names has died.
  if (!session.alive) {
    if (session.boot < (state.laterBoot ?? 0)) return;
    // Its connection stood until now, as far as the broker knew.
    if (!state.silent) state.heardAtMs = ctx.host.monotonic();
    return lost(ports, settings, state, 'the link was lost', ctx);
  }
  // A birth that the broker kept tells who the board is. That a lost one is back, only the board itself can tell.
  if (!retained) {
    state.silent = false;
    state.heardSinceUp = true;
  }
  // Births come in their order: one before that of which metrics have come leaves it as late as before.
  if (again || session.boot >= (state.laterBoot ?? 0)) state.laterBoot = undefined;
  born(ports, settings, state, session, ctx);
  if (!state.silent) listen(state, ctx);
}

function noteLaterBoot(state: SessionState, boot: number): void {
  if (state.birth && boot > state.birth.boot) state.laterBoot = Math.max(boot, state.laterBoot ?? 0);
}

function born(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  birth: NodeBirth,
  ctx: Context,
): void {
  // Sequences begin anew with each boot: an acknowledgement of the old one would swallow a report of the new.
  if (birth.boot !== state.birth?.boot) {
    state.taken.clear();
    state.notesTaken.clear();
    state.waiting.clear();
    state.acks.clear();
    state.metrics = undefined;
  }
  state.birth = birth;
  state.keepaliveSeconds = birth.keepaliveSeconds ?? limits.mqttKeepaliveSeconds;
  state.registeredBoot = undefined;
  state.held.clear();
  state.unconfirmed.clear();
  for (const [key, digest] of Object.entries(birth.held)) state.held.set(key, digest);
  ports.unclaimed?.keepOnly(settings.node, (uid) => state.held.has(`pods/${uid}`));
  writeNode(ports, settings, state, ctx);
}

function alive(ports: SessionPorts, settings: SessionSettings, state: SessionState, ctx: Context): void {
  state.heardSinceUp = true;
  listen(state, ctx);
  if (!state.silent) return;
  state.silent = false;
  writeNode(ports, settings, state, ctx);
}

function lost(
  ports: SessionPorts,
  settings: SessionSettings,
  state: SessionState,
  reason: string,
  ctx: Context,
): void {
  ctx.cancelTimer('silent');
  if (state.silent) return;
  state.silent = true;
  ctx.log('info', 'board lost', { reason });
  writeNode(ports, settings, state, ctx);
}
