import type { ActorRef } from '@bramble/actors/index.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import { heldDigests } from './ledger.ts';
import type { BoardHoldings, PodsMessage, PodsNews } from './manager-messages.ts';
import type { ManagerState, PodsPorts } from './manager-state.ts';

/** A link has started: it is told all that it may have missed. */
export function attachLink(state: ManagerState, link: ActorRef<PodsNews>, ports: PodsPorts): void {
  state.link = link;
  tellBound(state, ports);
  for (const report of state.reports.values()) link.send({ type: 'pod-report', report });
  if (state.readyTold) link.send({ type: 'ready' });
}

/** The journaled pods have been started, or cannot be at the moment. */
export function tellReady(state: ManagerState): void {
  if (state.readyTold) return;
  state.readyTold = true;
  state.link?.send({ type: 'ready' });
}

export function tellBound(state: ManagerState, ports: PodsPorts): void {
  state.link?.send({ type: 'bound', fence: boundFence(state, ports) });
}

export function answerHoldings(
  state: ManagerState,
  replyTo: ActorRef<BoardHoldings>,
  ports: PodsPorts,
): void {
  replyTo.send({ held: heldDigests(state.wanted), bound: boundFence(state, ports) });
}

/** Before its first manifest a board is bound to the store that it joined; one that is not complete is yet to be shown. */
function boundFence({ durable }: ManagerState, ports: PodsPorts): Fence {
  const storeId = durable.noted?.fence.storeId ?? ports.storeId;
  return durable.complete ?? { storeId, epoch: 0, sequence: 0 };
}

export function findContainer(
  state: ManagerState,
  { uid, container, replyTo }: Extract<PodsMessage, { type: 'find-container' }>,
): void {
  const worker = state.workers.get(uid);
  if (worker) worker.send({ type: 'find', container, replyTo });
  else replyTo.send(undefined);
}
