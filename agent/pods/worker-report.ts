import type { ActorContext } from '@bramble/actors/index.ts';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { podStatus } from './status.ts';
import type { Ending } from './steps.ts';
import type { WorkerMessage, WorkerPorts, WorkerState } from './worker-state.ts';

type Context = ActorContext<WorkerMessage>;

/** Changes within this time of a report are gathered into the next one. */
const gatherMs = 50;

export function statusNow(state: WorkerState, ending: Ending | undefined, ctx: Context): PodStatus {
  const { desired, observed, waiting, status: before } = state;
  if (!desired) throw new Error('a status was asked for before the pod was known');
  const final = desired.final ?? state.final;
  if (final) return final;
  // A pod whose containers are being removed keeps what it last showed of them.
  if (desired.terminate && before && observed.containers.length === 0) return before;
  return podStatus({ desired, observed, waiting, ending, before, nowMs: ctx.host.now() });
}

/** Reports a changed status: at once, or with the others that come within the gathering time. Answers whether it is told. */
export function reportChange(state: WorkerState, ports: WorkerPorts, ctx: Context): boolean {
  const { desired } = state;
  if (!desired) return false;
  state.status = statusNow(state, undefined, ctx);
  if (state.status.phase === 'Running' && state.stages) state.stages['running'] ??= ctx.host.now();
  if (state.reportDue) return false;
  if (textOf(state) === state.reported) return true;
  const leftMs = state.reportedAtMs + gatherMs - ctx.host.monotonic();
  if (leftMs <= 0) return send(state, ports, ctx);
  state.reportDue = true;
  ctx.setTimer('report', leftMs, { type: 'report' });
  return false;
}

export function reportIfDue(state: WorkerState, ports: WorkerPorts, ctx: Context): void {
  state.reportDue = false;
  if (state.desired && textOf(state) !== state.reported) send(state, ports, ctx);
}

function send(state: WorkerState, ports: WorkerPorts, ctx: Context): boolean {
  const { desired, status, gone, stages } = state;
  if (!desired || !status) return false;
  const { uid, digest } = desired;
  const news = { type: 'report', uid, digest, status, gone, stages: stages && { ...stages } } as const;
  if (!ports.manager.send(news)) return false;
  state.reported = textOf(state);
  state.reportedAtMs = ctx.host.monotonic();
  return true;
}

/** Stages alone are no change: they travel with the next report. */
function textOf({ desired, status, gone }: WorkerState): string {
  return JSON.stringify([desired?.digest, status, gone]);
}
