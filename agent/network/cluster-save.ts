import {
  type ClusterContext,
  type ClusterNetworkPorts,
  type ClusterState,
  retryDelayMs,
} from './cluster-state.ts';
import type { NetworkMessage } from './messages.ts';
import { factsText } from './saved-facts.ts';

/** What changes now and then is on the card a moment later. */
const saveSoonMs = 1_000;
/** What changes on and on is written once in this time (guarantee G9), after some more writes at the beginning. */
const saveEveryMs = 60_000;
const mostSavings = 10;

export function saveSoon(state: ClusterState, ctx: ClusterContext): void {
  if (state.unsaved) return;
  state.unsaved = true;
  if (!state.saving) later(state, ctx);
}

function later(state: ClusterState, ctx: ClusterContext): void {
  const now = ctx.host.monotonic();
  const earned = (now - state.savings.atMs) / saveEveryMs;
  const count = Math.min(mostSavings, state.savings.count + earned);
  state.savings = { count, atMs: now };
  ctx.setTimer('save', Math.max(saveSoonMs, (1 - count) * saveEveryMs), { type: 'save' });
}

export function save({ file }: ClusterNetworkPorts, state: ClusterState, ctx: ClusterContext): void {
  if (state.saving) return;
  state.saving = true;
  state.savings = { ...state.savings, count: state.savings.count - 1 };
  state.unsaved = false;
  ctx.pipe(
    file.write(factsText(state.facts)),
    (): NetworkMessage => ({ type: 'saved' }),
    (error): NetworkMessage => ({ type: 'save-failed', error }),
  );
}

export function saved(state: ClusterState, ctx: ClusterContext): void {
  state.saving = false;
  state.failures.delete('save');
  if (state.unsaved) later(state, ctx);
}

export function saveFailed(state: ClusterState, error: unknown, ctx: ClusterContext): void {
  state.saving = false;
  state.unsaved = true;
  const retryMs = retryDelayMs(state, 'save');
  ctx.log('error', 'the facts of the network cannot be written', { error, retryMs });
  ctx.setTimer('save', retryMs, { type: 'save' });
}
