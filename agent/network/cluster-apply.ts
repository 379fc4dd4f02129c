import { type Applied, applyView, type NetworkView } from './apply.ts';
import type {
  ClusterContext,
  ClusterNetworkConfig,
  ClusterNetworkPorts,
  ClusterState,
} from './cluster-state.ts';
import { retryDelayMs } from './cluster-state.ts';
import { servicesOf } from './facts.ts';
import type { NetworkMessage } from './messages.ts';

/** Changes are gathered for this long, so that facts that come together are applied together. */
const gatherMs = 50;
/** From the end of one application to the next: a crash loop's readiness must not keep a board busy. */
const restMs = 300;

export function applySoon(state: ClusterState, ctx: ClusterContext): void {
  if (state.changed) return;
  state.changed = true;
  if (!state.applying) later(state, ctx);
}

function later(state: ClusterState, ctx: ClusterContext): void {
  const leftMs = state.appliedAtMs + restMs - ctx.host.monotonic();
  ctx.setTimer('apply', Math.max(gatherMs, leftMs), { type: 'apply' });
}

export function apply(
  ports: ClusterNetworkPorts,
  config: ClusterNetworkConfig,
  state: ClusterState,
  ctx: ClusterContext,
): void {
  if (state.applying) return;
  state.changed = false;
  const view = viewOf(ports, config, state);
  if (!view) return;
  state.applying = true;
  ctx.pipe(
    applyView(ports.network, view, state.applied),
    (applied): NetworkMessage => ({ type: 'applied', applied }),
    (error): NetworkMessage => ({ type: 'apply-failed', error }),
  );
}

/** Nothing to apply before the bridge is there, and before anything is known: what an earlier agent made stays. */
function viewOf(
  ports: ClusterNetworkPorts,
  { node, bridge }: ClusterNetworkConfig,
  { facts, surroundings, dns }: ClusterState,
): NetworkView | undefined {
  const podCIDRs = ports.podCIDRs();
  if (podCIDRs.length === 0 || !surroundings || !facts.index) return undefined;
  const services = servicesOf(facts);
  const boards = facts.boards?.boards ?? [];
  return { node, bridge, podCIDRs, surroundings, index: facts.index, boards, services, dnsServer: dns };
}

export function applied(state: ClusterState, done: Applied, ctx: ClusterContext): void {
  const known = state.applied?.problems ?? [];
  for (const problem of done.problems.filter((each) => !known.includes(each)))
    ctx.log('warn', 'pods of another board are out of reach', { problem });
  state.applying = false;
  state.applied = done;
  state.appliedAtMs = ctx.host.monotonic();
  state.failures.delete('apply');
  if (state.changed) later(state, ctx);
}

/** The next attempt writes all of it, since nobody knows how far this one came. */
export function applyFailed(state: ClusterState, error: unknown, ctx: ClusterContext): void {
  state.applying = false;
  state.applied = undefined;
  state.changed = true;
  const retryMs = retryDelayMs(state, 'apply');
  ctx.log('error', 'the cluster network could not be applied', { error, retryMs });
  ctx.setTimer('apply', retryMs, { type: 'apply' });
}
