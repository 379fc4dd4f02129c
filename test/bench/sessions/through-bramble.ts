import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { Boards } from './boards.ts';
import type { BoardsState } from './boards-messages.ts';
import { BenchController } from './controller.ts';
import { type FleetPlace, prepareFleet } from './fleet-store.ts';
import { type Arrival, arrival, type Steady, steady } from './measure.ts';
import { Prober, quantile } from './prober.ts';

export interface Times {
  readonly settleMs: number;
  readonly steadyMs: number;
  /** For all to connect the first time, and to come back. */
  readonly firstWithinMs: number;
  readonly withinMs: number;
}

export interface Measured {
  readonly subject: 'Bramble' | 'mosquitto';
  readonly boards: number;
  /** Of the subject, before any board is there. */
  readonly emptyMebibytes: number;
  readonly first: Arrival;
  readonly steady: Steady;
  readonly back: Arrival;
  /** Milliseconds that small requests over HTTPS took while the boards came back. */
  readonly answers?: { readonly p50: number; readonly p99: number; readonly most: number };
  readonly readyNodes?: number;
  readonly storeWrites?: number;
}

export const boardProcesses = 2;

/** All boards on one controller; it is killed, and they come back. */
export async function throughBramble(
  count: number,
  times: Times,
  nodeFlags: readonly string[],
): Promise<Measured & { readonly place: FleetPlace; readonly dispose: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-sessions-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  let controller: BenchController | undefined;
  let boards: Boards | undefined;
  try {
    console.error(`${count} boards are made`);
    const place = await prepareFleet(folder, count);
    controller = await BenchController.start(place.dataDir, nodeFlags);
    // Some seconds after its start it collects what reading its source has left.
    await pause(Math.min(times.settleMs, 8_000));
    const emptyMebibytes = controller.usage.residentMebibytes;
    console.error('they connect');
    const startedMs = performance.now();
    const broker = { host: '127.0.0.1', port: controller.mqttPort, serverName: controllerServerName };
    boards = new Boards({ fleetFile: place.fleetFile, broker, from: 0, to: count }, boardProcesses);
    const subject = (): BenchController => controller as BenchController;
    const { firstWithinMs, withinMs } = times;
    const timing = { startedMs, withinMs: firstWithinMs, isNew: false };
    const first = await arrival(boards, nothing, subject, count, (state) => boundTo(state, 0), timing);
    await pause(times.settleMs);
    console.error('they stay');
    const quiet = await steady(boards, controller, count, times.steadyMs);
    console.error('the controller is killed, and starts again');
    const before = await boards.state();
    const term = Math.max(0, ...Object.keys(before.bound).map(Number));
    const killedMs = performance.now();
    await controller.killAndAwait();
    const revision = await controller.revision();
    const prober = new Prober(() => subject().get('/api/v1/namespaces/default'));
    const back = await arrival(boards, before, subject, count, (state) => boundTo(state, term + 1), {
      ...{ startedMs: killedMs, withinMs, isNew: true },
    });
    await prober.stop();
    const readyNodes = await controller.readyNodes();
    const storeWrites = (await controller.revision()) - revision;
    const { tookMs } = prober;
    const answers = { p50: quantile(tookMs, 0.5), p99: quantile(tookMs, 0.99), most: quantile(tookMs, 1) };
    const measured = { emptyMebibytes, first, steady: quiet, back, answers, readyNodes, storeWrites };
    return { subject: 'Bramble', boards: count, ...measured, place, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    await boards?.stop();
    await controller?.stop();
    if (controller?.log) console.error(`the controller said:\n${controller.log.slice(-2_000)}`);
  }
}

/** Boards that carried out a manifest of this term of the controller, or a later one. */
function boundTo({ bound }: BoardsState, term: number): number {
  return Object.entries(bound).reduce((sum, [each, boards]) => sum + (Number(each) >= term ? boards : 0), 0);
}

export const nothing: BoardsState = {
  ...{ connected: 0, bound: {}, dialled: 0, receivedBytes: 0, sentBytes: 0 },
  ...{ cpuSeconds: 0, residentMebibytes: 0 },
};
