import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { millisecondsOf } from '../time.ts';
import { conditionOf, specOf, statusOf } from './printer.ts';

/** What the columns READY, STATUS and RESTARTS of `kubectl get pods` say. */
export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** When a container last ended and was started again; milliseconds since the epoch. */
  readonly lastRestartMs: number | undefined;
}

/** One reading of the pod's containers after another may change every part. */
interface Tally {
  ready: number;
  reason: string;
  restarts: number;
  lastRestartMs: number;
}

/** As Kubernetes computes it (printers: printPod). */
export function summarizePod(pod: KubeObject): PodSummary {
  const spec = specOf(pod);
  const status = statusOf(pod);
  const sidecars = new Set(
    objects(spec, 'initContainers')
      .filter(restarts)
      .map(({ name }) => name),
  );
  const init = tallyInit(pod, sidecars);
  const total = listAt(spec, 'containers').length + sidecars.size;
  const tally = init.initializing && !isTrue(pod, 'Initialized') ? init.all : tallyMain(pod, init.sidecars);
  return {
    total,
    ready: tally.ready,
    reason: finalReason(pod, String(status['phase'] ?? ''), tally.reason),
    restarts: tally.restarts,
    lastRestartMs: tally.lastRestartMs > 0 ? tally.lastRestartMs : undefined,
  };
}

function firstReason(pod: KubeObject): string {
  const { phase, reason } = statusOf(pod);
  if (conditionOf(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated') return 'SchedulingGated';
  return String(reason || phase || '');
}

function restarts(container: JsonObject): boolean {
  return container['restartPolicy'] === 'Always';
}

function objects(parent: JsonObject, field: string): readonly JsonObject[] {
  return listAt(parent, field) as readonly JsonObject[];
}

/** Goes through the init containers up to the first that is not done. Sidecars are counted apart as well. */
function tallyInit(pod: KubeObject, sidecarNames: ReadonlySet<unknown>) {
  const all: Tally = { ready: 0, reason: firstReason(pod), restarts: 0, lastRestartMs: 0 };
  const sidecars: Tally = { ...all };
  const count = listAt(specOf(pod), 'initContainers').length;
  for (const [at, container] of objects(statusOf(pod), 'initContainerStatuses').entries()) {
    const isSidecar = sidecarNames.has(container['name']);
    addRestarts(all, container);
    if (isSidecar) addRestarts(sidecars, container);
    const reason = initReason(container, isSidecar, at, count);
    if (reason === undefined) {
      if (isSidecar && container['ready'] === true && !terminated(container)) {
        all.ready += 1;
        sidecars.ready += 1;
      }
      continue;
    }
    all.reason = reason;
    sidecars.reason = reason;
    return { all, sidecars, initializing: true };
  }
  return { all, sidecars, initializing: false };
}

/** `undefined` for a container that holds nothing up. */
function initReason(
  container: JsonObject,
  isSidecar: boolean,
  at: number,
  count: number,
): string | undefined {
  const ended = terminated(container);
  if (ended && (ended['exitCode'] ?? 0) === 0) return undefined;
  if (isSidecar && container['started'] === true) return undefined;
  if (ended) return `Init:${endReason(ended)}`;
  const waiting = objectAt(objectAt(container, 'state'), 'waiting')['reason'];
  if (waiting && waiting !== 'PodInitializing') return `Init:${String(waiting)}`;
  return `Init:${at}/${count}`;
}

/** From the last to the first, so that the first that has something to say decides. */
function tallyMain(pod: KubeObject, sidecars: Tally): Tally {
  const tally = { ...sidecars };
  let running = false;
  for (const container of [...objects(statusOf(pod), 'containerStatuses')].reverse()) {
    addRestarts(tally, container);
    const state = objectAt(container, 'state');
    const waiting = objectAt(state, 'waiting')['reason'];
    const ended = terminated(container);
    if (waiting) tally.reason = String(waiting);
    else if (ended) tally.reason = endReason(ended);
    else if (container['ready'] === true && state['running'] !== undefined) {
      running = true;
      tally.ready += 1;
    }
  }
  if (tally.reason === 'Completed' && running) tally.reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  return tally;
}

function addRestarts(tally: Tally, container: JsonObject): void {
  tally.restarts += Number(container['restartCount'] ?? 0);
  const last = objectAt(objectAt(container, 'lastState'), 'terminated')['finishedAt'];
  tally.lastRestartMs = Math.max(tally.lastRestartMs, millisecondsOf(last) ?? 0);
}

function terminated(container: JsonObject): JsonObject | undefined {
  return objectAt(container, 'state')['terminated'] as JsonObject | undefined;
}

function endReason({ reason, signal, exitCode }: JsonObject): string {
  if (reason) return String(reason);
  return signal ? `Signal:${String(signal)}` : `ExitCode:${String(exitCode ?? 0)}`;
}

function finalReason(pod: KubeObject, phase: string, reason: string): string {
  if (pod.metadata.deletionTimestamp === undefined) return isDoubted(pod, phase) ? 'Unknown' : reason;
  if (statusOf(pod)['reason'] === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating';
}

/** Its board is lost: what the pod said last may be true no longer. */
function isDoubted(pod: KubeObject, phase: string): boolean {
  return phase === 'Running' && conditionOf(pod, 'Ready')?.['reason'] === 'NodeNotReady';
}

function isTrue(pod: KubeObject, type: string): boolean {
  return conditionOf(pod, type)?.['status'] === 'True';
}
