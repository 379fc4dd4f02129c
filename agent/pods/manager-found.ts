import type { PodNetwork } from '../network/port.ts';
import type { Ledger } from './ledger.ts';
import { settle } from './ledger-settle.ts';
import { flush } from './manager-disk.ts';
import { failureDelayMs, type ManagerContext, type ManagerState, type PodsPorts } from './manager-state.ts';
import type { PodNews } from './worker-state.ts';

/** Asks for the addresses of pods that the journal says nothing of: until they are known, none is given. */
export function findAddresses(state: ManagerState, { network }: PodsPorts, ctx: ManagerContext): void {
  const { wanted } = state;
  ctx.pipe(
    addressesIn(network, wanted),
    (addresses) => ({ type: 'addresses-found', addresses }),
    (error) => ({ type: 'addresses-hidden', error }),
  );
}

/** Where the journal knows a pod's addresses its namespace has no others; asking takes a process each. */
async function addressesIn(network: PodNetwork, { pods }: Ledger): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const uid of await network.list()) {
    if ((pods.get(uid)?.addresses.length ?? 0) > 0) continue;
    found.set(uid, await network.addressesOf(uid));
  }
  return found;
}

export function addressesFound(
  state: ManagerState,
  addresses: ReadonlyMap<string, readonly string[]>,
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  state.failures.delete('addresses');
  state.wanted = { ...state.wanted, found: addresses };
  settleIfAsked(state, ports, ctx);
}

export function addressesHidden(state: ManagerState, error: unknown, ctx: ManagerContext): void {
  const delayMs = failureDelayMs(state, 'addresses', ctx);
  ctx.log('warn', 'the addresses that pods have here cannot be told; no pod gets one until they are', {
    error,
    retryMs: Math.round(delayMs),
  });
  ctx.setTimer('addresses', delayMs, { type: 'find-addresses' });
}

/** Draws the conclusions from orders that came before it was known what is on the board, and writes them. */
export function settleIfAsked(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  const { orphans, found } = state.wanted;
  if (!state.unsettled || orphans === undefined || found === undefined) return;
  state.unsettled = false;
  state.wanted = settle(state.wanted, ctx.host.now(), ports.board);
  flush(state, ports, ctx);
}

/** Called with each order. */
export function noteUnsettled(state: ManagerState): void {
  const { orphans, found } = state.wanted;
  if (orphans === undefined || found === undefined) state.unsettled = true;
}

/** A pod that is looked at for the first time takes its room, or has ended: who waited for that is judged now. */
export function noteSeen(
  state: ManagerState,
  { uid, digest }: Extract<PodNews, { type: 'report' }>,
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  const { unseen } = state.wanted;
  // Without its object nobody can tell what its containers mean.
  if (digest === '' || !unseen.has(uid)) return;
  const others = new Set([...unseen].filter((each) => each !== uid));
  state.wanted = settle({ ...state.wanted, unseen: others }, ctx.host.now(), ports.board);
  flush(state, ports, ctx);
}
