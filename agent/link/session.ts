import { idleMetricsIntervalMs, metricsIntervalMs } from '@bramble/protocol/keepalive.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import type { Metrics } from '@bramble/protocol/messages/session.ts';
import { topics } from '@bramble/protocol/topics.ts';
import type { BoardHoldings, PodsMessage } from '../pods/manager-messages.ts';
import { birthOf } from './birth.ts';
import type { LinkMessage } from './messages.ts';
import { type LinkConfig, type LinkContext, type LinkPorts, type LinkState, publish } from './state.ts';

const holdingsTimeoutMs = 2_000;
/** A manifest is shown after this long: several that come in a row, and how the board is, make one message. */
const showManifestMs = 1_000;
/** After its birth a board is sent a manifest, and shows it with the first word on how it is. */
const firstMetricsMs = 3_000;

export function askHoldings(state: LinkState, { pods }: LinkPorts, ctx: LinkContext): void {
  ctx.cancelTimer('birth');
  if (!state.up) return;
  ctx.ask<PodsMessage, BoardHoldings>(pods, (replyTo) => ({ type: 'holdings', replyTo }), {
    timeoutMs: holdingsTimeoutMs,
    onReply: (holdings: BoardHoldings): LinkMessage => ({ type: 'holdings', holdings }),
    onTimeout: (): LinkMessage => ({ type: 'holdings-late' }),
  });
}

/** Who this board is and what it holds; whatever else it has to say comes after. */
export function sayBirth(
  state: LinkState,
  holdings: BoardHoldings,
  ports: LinkPorts,
  config: LinkConfig,
  ctx: LinkContext,
): void {
  if (!state.up) return;
  // A board may start before its network has given it an address, and get another one later.
  const addresses = ports.board.addresses?.() ?? ports.inventory.addresses;
  const birth = birthOf(config, { ...ports.inventory, addresses }, ports.boot, holdings);
  publish(state, {
    topic: topics.nodeSession(config.node),
    payload: JSON.stringify(birth),
    qos: 1,
    retain: true,
  });
  // A controller that was started anew asks for a birth on a connection that stood: what nobody acknowledges it does not know.
  if (state.born) {
    state.outbox.forgetSent(({ unclaimed }) => unclaimed);
    return sendReports(state, config, ctx);
  }
  state.born = true;
  state.outbox.forgetSent();
  ctx.setTimer('metrics', firstMetricsMs, { type: 'metrics' });
  sendReports(state, config, ctx);
  ctx.setTimer('repeat', limits.statusRepeatMs / 4, { type: 'repeat' });
}

export function sendReports(state: LinkState, config: LinkConfig, ctx: LinkContext): void {
  if (!state.born) return;
  for (const report of state.outbox.takeDue(ctx.host.monotonic(), repeatMs)) {
    const topic = topics.status(config.node, report.uid);
    publish(state, { topic, payload: JSON.stringify(report), qos: 1, retain: false });
  }
}

/** A store that does not know a pod cannot acknowledge it. */
function repeatMs({ unclaimed }: PodReport): number {
  return unclaimed ? limits.unclaimedRepeatMs : limits.statusRepeatMs;
}

/** The controller repeats a manifest that it is not shown. */
export function showManifest(state: LinkState, ctx: LinkContext): void {
  if (!state.born) return;
  state.answered = true;
  if (state.showing) return;
  state.showing = true;
  ctx.setTimer('metrics', showManifestMs, { type: 'metrics' });
}

/** The next word on how the board is comes then, and not when it was due. */
export function hasten(state: LinkState, ctx: LinkContext, delayMs: number): void {
  if (!state.born || state.showing) return;
  ctx.setTimer('metrics', delayMs, { type: 'metrics' });
}

/** A board that nobody has answered goes on telling that it is there; else it is asked, or left alone. */
function nextMetricsMs({ session, answered }: LinkState, { keepaliveSeconds }: LinkConfig): number {
  const isWanted = session?.alive === true && (session.watched === true || !answered);
  return isWanted ? metricsIntervalMs(keepaliveSeconds) : idleMetricsIntervalMs(keepaliveSeconds);
}

/**
 * On time and never kept: what a late one would say is no longer true. One that shows a manifest must not get lost: it would
 * be minutes until the next, and the manifest be sent again, and written to the card again.
 */
export function sayMetrics(state: LinkState, ports: LinkPorts, config: LinkConfig, ctx: LinkContext): void {
  const qos = state.showing ? 1 : 0;
  state.showing = false;
  if (!state.up) return;
  const { bound } = state;
  const intervalMs = nextMetricsMs(state, config);
  const refusedMessages = [...state.refused.values()].reduce((sum, count) => sum + count, 0);
  const metrics: Metrics = {
    ...ports.board.sample(),
    boot: ports.boot,
    intervalSeconds: intervalMs / 1_000,
    ...(refusedMessages > 0 ? { refusedMessages } : {}),
    ...(bound && bound.sequence > 0 ? { manifest: { epoch: bound.epoch, sequence: bound.sequence } } : {}),
  };
  publish(state, {
    topic: topics.metrics(config.node),
    payload: JSON.stringify(metrics),
    qos,
    retain: false,
  });
  ctx.setTimer('metrics', intervalMs, { type: 'metrics' });
}
