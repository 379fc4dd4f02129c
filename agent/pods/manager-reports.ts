import { limits } from '@bramble/protocol/limits.ts';
import type { PodReport } from '@bramble/protocol/messages/orders.ts';
import { isUnclaimed } from './ledger.ts';
import { acknowledgeGone } from './ledger-orders.ts';
import type { ManagerContext, ManagerState, PodsPorts } from './manager-state.ts';
import type { PodNews } from './worker-state.ts';

/** Numbers a worker's report and passes it on. */
export function takeReport(
  state: ManagerState,
  news: Extract<PodNews, { type: 'report' }>,
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  const record = state.durable.pods.get(news.uid);
  if (!record) return;
  const { uid, namespace, name } = record;
  const unclaimed = isUnclaimed(state.wanted, record);
  const report: PodReport = {
    boot: ports.journal.boot,
    sequence: nextSequence(state.reports.get(uid), ctx),
    uid,
    namespace,
    name,
    observed: unclaimed ? '' : news.digest,
    status: { ...news.status },
    gone: news.gone,
    unclaimed,
    ...unclaimedPod(unclaimed, uid, state),
    ...(news.stages ? { stages: { ...news.stages } } : {}),
  };
  sendReport(state, report);
  forgetWhenEnded(report, ctx);
}

/** Says a report, with all that happened to its pod and is not known to have been heard. */
export function sendReport(state: ManagerState, report: PodReport): void {
  const { uid, sequence } = report;
  const pending = state.notes.get(uid) ?? [];
  for (const each of pending) each.toldIn ??= sequence;
  const { notes: _old, ...rest } = report;
  const said = pending.length > 0 ? { ...rest, notes: pending.map(({ note }) => note) } : rest;
  state.reports.set(uid, said);
  state.link?.send({ type: 'pod-report', report: said });
}

/** What a person needs to create the pod anew in a store that never heard of it. A huge one is left out. */
function unclaimedPod(unclaimed: boolean, uid: string, { durable }: ManagerState): Pick<PodReport, 'pod'> {
  const pod = unclaimed ? durable.objects.get(`pods/${uid}`)?.object : undefined;
  if (!pod || JSON.stringify(pod).length > limits.unclaimedPodBytes) return {};
  return { pod: { ...pod } };
}

/**
 * Grows with each report of a pod, also over a crash of this actor: the clock has moved on by then.
 */
export function nextSequence(before: PodReport | undefined, ctx: ManagerContext): number {
  return Math.max((before?.sequence ?? 0) + 1, Math.floor(ctx.host.monotonic()));
}

/** Says again what is now said to another store, and of pods that were claimed or are no more. */
export function reportAnew(state: ManagerState, otherStore: boolean, ctx: ManagerContext): void {
  for (const [uid, before] of state.reports) {
    const record = state.durable.pods.get(uid);
    if (!record) continue;
    const unclaimed = isUnclaimed(state.wanted, record);
    if (!otherStore && unclaimed === before.unclaimed) continue;
    const digest = state.durable.objects.get(`pods/${uid}`)?.digest ?? '';
    const observed = unclaimed ? '' : digest;
    const { pod: _pod, ...rest } = before;
    const sequence = nextSequence(before, ctx);
    const report = { ...rest, unclaimed, observed, sequence, ...unclaimedPod(unclaimed, uid, state) };
    sendReport(state, report);
    forgetWhenEnded(report, ctx);
  }
}

function forgetWhenEnded({ uid, gone, unclaimed }: PodReport, ctx: ManagerContext): void {
  if (gone && unclaimed) ctx.self.send({ type: 'ended-unclaimed', uid });
}

/**
 * The store that ordered the pod's end is not there to acknowledge it. Waiting for it would keep the pod's room from
 * others for ever; where it comes back and still names the pod, the pod is ended once more, with nothing to do.
 */
export function forgetEnded(state: ManagerState, uid: string, ports: PodsPorts, ctx: ManagerContext): void {
  const record = state.wanted.pods.get(uid);
  if (!record || !isUnclaimed(state.wanted, record) || !state.reports.get(uid)?.gone) return;
  state.wanted = acknowledgeGone(state.wanted, uid, record.storeId, ctx.host.now(), ports.board);
  state.reports.delete(uid);
  state.link?.send({ type: 'pod-forgotten', uid });
}
