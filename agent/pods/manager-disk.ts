import type { Ledger } from './ledger.ts';
import { recordsBetween } from './ledger-records.ts';
import { tellBound } from './manager-link.ts';
import { prepareNetwork } from './manager-network.ts';
import { reportAnew } from './manager-reports.ts';
import { failureDelayMs, type ManagerContext, type ManagerState, type PodsPorts } from './manager-state.ts';
import { tellWorkers } from './manager-workers.ts';

/** Writes what was decided since the last write; one write at a time, so that what waits shares the next sync. */
export function flush(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  if (state.diskBlocked) return letGo(state);
  if (state.writing) return;
  const ledger = state.wanted;
  const done = state.waitingForDisk;
  const records = recordsBetween(state.durable, ledger);
  state.waitingForDisk = [];
  if (records.length === 0) return applied(state, ledger, done, ports, ctx);
  state.writing = true;
  ctx.pipe(
    ports.journal.write(records),
    () => ({ type: 'written', ledger, done }),
    (error) => ({ type: 'write-failed', error, done }),
  );
}

/** What is on disk may be acted upon. */
export function applied(
  state: ManagerState,
  ledger: Ledger,
  done: readonly (() => void)[],
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  const before = state.durable;
  state.durable = ledger;
  for (const call of done) call();
  prepareNetwork(state, ports, ctx);
  tellWorkers(state, ports, ctx);
  if (ledger.complete !== before.complete) tellBound(state, ports);
  const storeId = before.manifest?.fence.storeId;
  reportAnew(state, storeId !== undefined && storeId !== ledger.manifest?.fence.storeId, ctx);
}

/** A full or broken card: orders are kept in memory and not acted upon; the controller sees an old manifest. */
export function writeFailed(
  state: ManagerState,
  error: unknown,
  done: readonly (() => void)[],
  ctx: ManagerContext,
): void {
  state.writing = false;
  state.diskBlocked = true;
  const delayMs = failureDelayMs(state, 'write', ctx);
  ctx.log('error', 'the journal cannot be written', { error, retryMs: Math.round(delayMs) });
  ctx.setTimer('flush', delayMs, { type: 'flush' });
  for (const call of done) call();
  letGo(state);
}

/** The link must not stand still for a disk: what could not be written, the controller repeats. */
function letGo(state: ManagerState): void {
  for (const call of state.waitingForDisk) call();
  state.waitingForDisk = [];
}
