import type { Acks, Manifest, ObjectOrder } from '@bramble/protocol/messages/orders.ts';
import { type Ledger, objectRefusal, refusal } from './ledger.ts';
import { acceptManifest, acceptObject, acknowledgeGone } from './ledger-orders.ts';
import { noteUnsettled } from './manager-found.ts';
import { forgetNotes } from './manager-notes.ts';
import type { ManagerContext, ManagerState, PodsPorts } from './manager-state.ts';

/** A manifest may be ahead of its objects for this long before the board asks for them by a birth. */
const missingAfterMs = 5_000;
const maxMissingMs = 60_000;

export function takeManifest(
  state: ManagerState,
  manifest: Manifest,
  done: () => void,
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  if (!answersThis(manifest, ports)) return done();
  const reason = refusal(state.wanted, manifest.fence, true);
  if (reason !== undefined) return refuse(state, 'manifest', reason, done, ctx);
  const before = state.wanted.manifest?.fence.storeId;
  if (before !== undefined && before !== manifest.fence.storeId)
    ctx.log('warn', 'orders come from another store: what it does not name keeps running, unclaimed', {
      from: before,
      to: manifest.fence.storeId,
    });
  state.waitingForDisk.push(done);
  noteUnsettled(state);
  state.wanted = acceptManifest(state.wanted, manifest, ctx.host.now(), ports.board);
  watchMissing(state, ctx);
}

/**
 * Whether it is meant for this start of the agent. What is on its way since before that, or said again by a broker, a board that
 * has lost its journal cannot tell to be old; and where the controller listens to a copy of the card, the copy is meant.
 */
function answersThis({ answers }: Manifest, { journal, board }: PodsPorts): boolean {
  return !answers || (answers.boot === journal.boot && answers.bootId === board.bootId);
}

export function takeObject(
  state: ManagerState,
  key: string,
  order: ObjectOrder,
  bytes: number,
  done: () => void,
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  const reason = objectRefusal(state.wanted, order.fence);
  if (reason !== undefined) return refuse(state, 'object', reason, done, ctx);
  state.waitingForDisk.push(done);
  noteUnsettled(state);
  state.wanted = acceptObject(state.wanted, key, order, bytes, ctx.host.now(), ports.board);
  watchMissing(state, ctx);
}

/** The end of a pod, and what happened to it, need an acknowledgement here; what else was reported, the link repeats. */
export function takeAcks(state: ManagerState, acks: Acks, ports: PodsPorts, ctx: ManagerContext): void {
  if (acks.boot !== ports.journal.boot || refusal(state.wanted, acks.fence, false) !== undefined) return;
  for (const [uid, sequence] of Object.entries(acks.reports)) {
    forgetNotes(state, uid, sequence);
    const report = state.reports.get(uid);
    if (!report?.gone || report.sequence > sequence) continue;
    state.wanted = acknowledgeGone(state.wanted, uid, acks.fence.storeId, ctx.host.now(), ports.board);
  }
}

function refuse(
  state: ManagerState,
  what: string,
  reason: string,
  done: () => void,
  ctx: ManagerContext,
): void {
  const count = (state.failures.get(`refused ${what}`) ?? 0) + 1;
  state.failures.set(`refused ${what}`, count);
  // The 1st, 2nd, 4th, 8th, …: enough to be seen, too few to fill a card.
  if ((count & (count - 1)) === 0) ctx.log('warn', `a ${what} is not obeyed`, { reason, count });
  done();
}

function watchMissing(state: ManagerState, ctx: ManagerContext): void {
  if (isComplete(state.wanted)) {
    state.failures.delete('missing');
    return ctx.cancelTimer('missing');
  }
  if (state.failures.has('missing')) return;
  state.failures.set('missing', 1);
  ctx.setTimer('missing', missingAfterMs, { type: 'still-missing' });
}

/** Asks again, less and less often: each birth is answered with all that is missing. */
export function stillMissing(state: ManagerState, ctx: ManagerContext): void {
  if (isComplete(state.wanted)) return;
  const times = state.failures.get('missing') ?? 1;
  state.failures.set('missing', times + 1);
  state.link?.send({ type: 'objects-missing' });
  const delayMs = Math.min(maxMissingMs, missingAfterMs * 2 ** Math.min(times, 10));
  ctx.setTimer('missing', delayMs * (0.75 + ctx.host.random() / 2), { type: 'still-missing' });
}

function isComplete({ manifest, complete }: Ledger): boolean {
  return manifest?.fence === complete;
}
