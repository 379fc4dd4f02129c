import { limits } from '@bramble/protocol/limits.ts';
import { nextSequence, sendReport } from './manager-reports.ts';
import type { ManagerContext, ManagerState } from './manager-state.ts';
import { takeToken } from './note-limit.ts';
import type { PodNews } from './worker-state.ts';

/** What happens with no change of the pod's status is told within this time. */
const gatherMs = 100;

/** Keeps what happened to a pod until the controller has it; of what repeats too often nothing, of the rest the newest. */
export function takeNote(
  state: ManagerState,
  { uid, note }: Extract<PodNews, { type: 'note' }>,
  ctx: ManagerContext,
): void {
  if (!state.durable.pods.has(uid)) return;
  const buckets = takeToken(state.noteBuckets.get(uid) ?? new Map(), note.reason, ctx.host.monotonic());
  if (!buckets) return;
  state.noteBuckets.set(uid, buckets);
  const pending = state.notes.get(uid) ?? [];
  const newest = pending.at(-1)?.note.number ?? 0;
  // It grows over a crash of this actor too, and over the forgetting of what was acknowledged.
  const number = Math.max(newest + 1, Math.floor(ctx.host.monotonic() * 1_000));
  pending.push({ note: { ...note, number }, toldIn: undefined });
  state.notes.set(uid, pending.slice(-limits.podNotes));
  if (!state.notesDue) ctx.setTimer('notes', gatherMs, { type: 'tell-notes' });
  state.notesDue = true;
}

/** Says again the report of each pod of which something is untold; a report that came meanwhile has told it. */
export function tellNotes(state: ManagerState, ctx: ManagerContext): void {
  state.notesDue = false;
  for (const [uid, pending] of state.notes) {
    const before = state.reports.get(uid);
    if (before && pending.some(({ toldIn }) => toldIn === undefined))
      sendReport(state, { ...before, sequence: nextSequence(before, ctx) });
  }
}

export function forgetNotes(state: ManagerState, uid: string, acknowledged: number): void {
  const pending = state.notes.get(uid);
  if (!pending) return;
  const left = pending.filter(({ toldIn }) => toldIn === undefined || toldIn > acknowledged);
  if (left.length > 0) state.notes.set(uid, left);
  else state.notes.delete(uid);
}
