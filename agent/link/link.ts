import type { Actor } from '@bramble/actors/index.ts';
import type { LinkEvent } from '@bramble/adapters/mqtt/port.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { NodeDeath } from '@bramble/protocol/messages/session.ts';
import { agentFilters, topics } from '@bramble/protocol/topics.ts';
import { noteEpoch, takeMessage } from './incoming.ts';
import { listenTo, subscribe } from './listening.ts';
import type { LinkMessage } from './messages.ts';
import { askHoldings, sayBirth, sayMetrics, sendReports, showManifest } from './session.ts';
import {
  type LinkConfig,
  type LinkContext,
  type LinkPorts,
  type LinkState,
  newLinkState,
  publish,
  refuse,
} from './state.ts';
import { frameSent, sendFrames } from './stream-frames.ts';

const firstRedialMs = 500;
const maxRedialMs = 30_000;
/** A connection that lasted this long ends a row of failures. */
const stableMs = 10_000;
const holdingsRetryMs = 1_000;
const awayMs = 600_000;

/** The board's one connection to its fleet: who it is, what it is told, and what it reports. */
export function boardLink(ports: LinkPorts, config: LinkConfig): Actor<LinkState, LinkMessage> {
  return {
    inbox: {
      capacity: 10_000,
      conflate: (message) => (message.type === 'pod-report' ? message.report.uid : undefined),
    },
    start(ctx) {
      // Dialled when the pods are under way, which their answer says (guarantee G5).
      ports.pods.send({ type: 'attach-link', link: ctx.self });
      ports.streams.send({ type: 'attach-link', link: ctx.self });
      ports.network?.send({ type: 'attach-link', link: ctx.self });
      return newLinkState();
    },
    receive(state, message, ctx) {
      handle(state, message, ports, config, ctx);
      return state;
    },
    stopped(state) {
      // An orderly DISCONNECT sends no will (MQTT 3.1.1 §3.14.4), so the death is said in its place.
      publish(state, { ...deathMessage(ports, config), qos: 1 });
      state.connection?.close();
    },
  };
}

function handle(
  state: LinkState,
  message: LinkMessage,
  ports: LinkPorts,
  config: LinkConfig,
  ctx: LinkContext,
): void {
  switch (message.type) {
    case 'ready':
    case 'dial':
      return dial(state, ports, config, ctx);
    case 'link':
      return takeEvent(state, message, ports, ctx);
    case 'stable':
      state.failures = 0;
      return;
    case 'birth':
    case 'addresses-changed':
    case 'objects-missing':
      return askHoldings(state, ports, ctx);
    case 'restate':
      state.restating = false;
      return askHoldings(state, ports, ctx);
    case 'holdings-late':
      return ctx.setTimer('birth', holdingsRetryMs, { type: 'birth' });
    case 'holdings':
      return sayBirth(state, message.holdings, ports, config, ctx);
    case 'bound':
      state.bound = message.fence;
      noteEpoch(state, message.fence.storeId, message.fence.epoch);
      return showManifest(state, ctx);
    case 'pod-report':
      if (!state.outbox.put(message.report))
        refuse(state, 'outbox full', `no room for the status of ${message.report.uid}`, ctx);
      return sendReports(state, config, ctx);
    case 'listen':
      return listenTo(state, message.filters, ctx);
    case 'listen-refused':
      if (message.attempt === state.attempt) refuse(state, 'subscription', message.reason, ctx);
      return;
    case 'pod-forgotten':
      return state.outbox.forget(message.uid);
    case 'repeat':
      sendReports(state, config, ctx);
      return ctx.setTimer('repeat', limits.statusRepeatMs / 4, { type: 'repeat' });
    case 'metrics':
      return sayMetrics(state, ports, config, ctx);
    case 'copied':
      return keepAway(state, message.message, ports, ctx);
    case 'stream-out':
      state.frames.put(message.stream, message.payload);
      return sendFrames(state, config, ctx);
    case 'stream-sent':
      return frameSent(state, message, config, ctx);
  }
}

function dial(state: LinkState, ports: LinkPorts, config: LinkConfig, ctx: LinkContext): void {
  if (state.connection) return;
  state.attempt += 1;
  const { attempt } = state;
  const { topic, payload, retain } = deathMessage(ports, config);
  state.connection = ports.dialer.dial(
    {
      clientId: config.node,
      keepaliveSeconds: config.keepaliveSeconds,
      will: { topic, payload: Buffer.from(payload), retain },
      filters: agentFilters(config.node),
    },
    ctx.listen((event) => ({ type: 'link', attempt, event })),
  );
}

function deathMessage(
  { boot, inventory }: LinkPorts,
  { node }: LinkConfig,
): { topic: string; payload: string; retain: true } {
  const { marks } = inventory.machine;
  const death: NodeDeath = { alive: false, boot, ...(marks && { marks }) };
  return { topic: topics.nodeSession(node), payload: JSON.stringify(death), retain: true };
}

function takeEvent(
  state: LinkState,
  { attempt, event }: { readonly attempt: number; readonly event: LinkEvent },
  ports: LinkPorts,
  ctx: LinkContext,
): void {
  if (attempt !== state.attempt) {
    if (event.type === 'message') event.done();
    return;
  }
  switch (event.type) {
    case 'connected':
      state.up = true;
      ctx.log('info', 'linked to the fleet');
      ctx.setTimer('stable', stableMs, { type: 'stable' });
      subscribe(state, ctx);
      // Whatever kept the link down may have taken routes along.
      ports.network?.send({ type: 'look' });
      return askHoldings(state, ports, ctx);
    case 'message':
      return takeMessage(state, event, ports, ctx);
    case 'closed':
      if (event.refused) ports.keeper?.send({ type: 'refused' });
      return closed(state, event.reason, ports, ctx);
  }
}

/**
 * The fleet takes this machine for a copy of the board. Coming back at once would only cut the board off; but it may be
 * gone one day, and who is which have been put right.
 */
function keepAway(state: LinkState, message: string, ports: LinkPorts, ctx: LinkContext): void {
  if (!state.connection) return;
  ctx.log('error', 'BRAMBLE_IDENTITY_CLONED: this machine is not listened to', { message });
  state.connection.close();
  // What the connection still has to say is not heard any more.
  state.attempt += 1;
  closed(state, 'sent away', ports, ctx, awayMs * (0.75 + ctx.host.random() / 2));
}

function closed(
  state: LinkState,
  reason: string,
  ports: LinkPorts,
  ctx: LinkContext,
  delayMs = redialDelayMs(state, ctx),
): void {
  if (state.up) ports.streams.send({ type: 'link-down' });
  state.connection = undefined;
  state.up = false;
  state.frames.clear();
  state.born = false;
  state.session = undefined;
  state.restating = false;
  state.answered = false;
  state.showing = false;
  for (const timer of ['stable', 'birth', 'restate', 'metrics', 'repeat']) ctx.cancelTimer(timer);
  state.failures += 1;
  ctx.log('info', 'no link to the fleet', { reason, redialMs: Math.round(delayMs) });
  ctx.setTimer('dial', delayMs, { type: 'dial' });
}

/** Twice as long after each failure in a row, jittered to 50–100 %. */
function redialDelayMs({ failures }: LinkState, ctx: LinkContext): number {
  const full = Math.min(maxRedialMs, firstRedialMs * 2 ** Math.min(failures, 20));
  return full * (0.5 + ctx.host.random() / 2);
}
