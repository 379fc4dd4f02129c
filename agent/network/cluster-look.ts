import { applySoon } from './cluster-apply.ts';
import {
  type ClusterContext,
  type ClusterNetworkConfig,
  type ClusterNetworkPorts,
  type ClusterState,
  type Observation,
  retryDelayMs,
} from './cluster-state.ts';
import type { NetworkMessage } from './messages.ts';
import { routeChanges } from './routes.ts';
import { servicesTable } from './services/rules.ts';

/** Addresses and routes are looked at this often, without starting a program. */
const lookEveryMs = 10_000;
/** Every so many looks also programs are asked whether others left our rules as they were. */
const looksAnAudit = 6;

export function look(
  { network }: ClusterNetworkPorts,
  { bridge }: ClusterNetworkConfig,
  state: ClusterState,
  ctx: ClusterContext,
): void {
  const audit = state.looks % looksAnAudit === 0;
  const expected = state.applied !== undefined && !state.applying;
  state.looks += 1;
  const observe = async (): Promise<Observation> => {
    const surroundings = await network.look();
    if (!audit) return { surroundings, flushed: false, opened: undefined };
    const { present, opened } = await network.audit(servicesTable(bridge));
    return { surroundings, flushed: expected && !present, opened };
  };
  ctx.pipe(
    observe(),
    (seen): NetworkMessage => ({ type: 'looked', seen }),
    (error): NetworkMessage => ({ type: 'look-failed', error }),
  );
}

export function looked(
  { clusterCIDR }: ClusterNetworkConfig,
  state: ClusterState,
  { surroundings, flushed, opened }: Observation,
  ctx: ClusterContext,
): void {
  const before = state.surroundings;
  state.surroundings = surroundings;
  state.failures.delete('look');
  if (opened !== undefined) ctx.log('info', 'a firewall of this machine lets pods through', { rule: opened });
  if (flushed) {
    ctx.log('warn', 'the rules for Services were removed by somebody else, and are made again');
    state.applied = undefined;
  }
  const lost = routeChanges(state.applied?.routes ?? [], surroundings.routes, clusterCIDR).length > 0;
  if (before && !same(before.subnets, surroundings.subnets)) state.link?.send({ type: 'addresses-changed' });
  const moved =
    !same(before?.addresses, surroundings.addresses) || !same(before?.subnets, surroundings.subnets);
  if (moved || lost || flushed) applySoon(state, ctx);
  ctx.setTimer('look', lookEveryMs, { type: 'look' });
}

export function lookFailed(state: ClusterState, error: unknown, ctx: ClusterContext): void {
  const retryMs = retryDelayMs(state, 'look');
  ctx.log('warn', 'the networks of this board cannot be looked at', { error, retryMs });
  ctx.setTimer('look', retryMs, { type: 'look' });
}

function same(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && one.every((each, at) => each === other[at]);
}
