import { failureDelayMs, type ManagerContext, type ManagerState, type PodsPorts } from './manager-state.ts';

/** Makes the pod network for the addresses that the board was given, when they are others than before. */
export function prepareNetwork(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  const { podCIDRs } = state.durable;
  if (state.preparing || podCIDRs.length === 0 || same(podCIDRs, state.preparedCIDRs)) return;
  state.preparing = true;
  ctx.pipe(
    ports.network.prepare(podCIDRs),
    () => ({ type: 'network-prepared', podCIDRs }),
    (error) => ({ type: 'network-failed', error }),
  );
}

export function networkPrepared(
  state: ManagerState,
  podCIDRs: readonly string[],
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  state.preparing = false;
  state.preparedCIDRs = podCIDRs;
  if (state.failures.delete('network'))
    for (const worker of state.workers.values()) worker.send({ type: 'retry' });
  prepareNetwork(state, ports, ctx);
}

/** Pods that use the board's own network can run all the same. */
export function networkFailed(state: ManagerState, error: unknown, ctx: ManagerContext): void {
  state.preparing = false;
  const delayMs = failureDelayMs(state, 'network', ctx);
  ctx.log('error', 'the pod network could not be made', { error, retryMs: Math.round(delayMs) });
  ctx.setTimer('network', delayMs, { type: 'prepare-network' });
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cidr, index) => cidr === b[index]);
}
