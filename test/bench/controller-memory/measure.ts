import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { type Controller, startController } from '../api/bramble.ts';
import { Load } from '../api/load.ts';
import { measureCreates } from '../api/phases.ts';
import { Boards } from '../sessions/boards.ts';
import { prepareFleet } from '../sessions/fleet-store.ts';
import { type Held, heldBy } from './held.ts';

export interface Idle extends Held {
  readonly what: string;
  /** Of one processor, while nothing was asked. */
  readonly share: number;
}

export interface Memory {
  readonly idle: readonly Idle[];
  readonly quick: boolean;
}

interface Times {
  /** The start has collected its garbage, and boards have said what there is to say. */
  readonly settleMs: number;
  readonly idleMs: number;
  readonly pods: number;
}

const full: Times = { settleMs: 10_000, idleMs: 12_000, pods: 1_000 };
const tiny: Times = { settleMs: 500, idleMs: 500, pods: 10 };

const boards = 3;
const progress = (what: string): void => console.error(what);

export async function measureMemory(folder: string, quick: boolean): Promise<Memory> {
  const times = quick ? tiny : full;
  const idle: Idle[] = [];
  progress('a bare Node …');
  idle.push(await bareNode(times));
  const { dataDir, fleetFile } = await prepareFleet(folder, boards);
  progress('a controller for the first time …');
  const first = join(folder, 'first');
  idle.push(await measured('controller, its first start: nothing is compiled yet', first, times));
  if (!quick) {
    progress('the same, started again …');
    idle.push(await measured('controller', first, times));
  }
  // Started once before, as everywhere but on the first day.
  await (await startController(dataDir)).stop();
  idle.push(...(await withBoards(dataDir, fleetFile, times)));
  return { idle, quick };
}

/** A program that does nothing, with the flags of the controller. */
async function bareNode(times: Times): Promise<Idle> {
  const waits = 'setInterval(() => {}, 1e6)';
  const child = spawn(process.execPath, ['--max-semi-space-size=16', '-e', waits], {
    env: { ...process.env, MALLOC_ARENA_MAX: '1' },
  });
  await once(child, 'spawn');
  await pause(Math.min(times.settleMs, 2_000));
  const held = heldBy(child.pid ?? 0);
  child.kill();
  await once(child, 'exit');
  return { what: 'bare Node', ...held, share: 0 };
}

async function measured(what: string, dataDir: string, times: Times): Promise<Idle> {
  const controller = await startController(dataDir);
  try {
    await pause(times.settleMs);
    return await atRest(what, controller, times);
  } finally {
    await controller.stop();
  }
}

async function atRest(what: string, controller: Controller, { idleMs }: Times): Promise<Idle> {
  const before = controller.usage();
  await pause(idleMs);
  const after = controller.usage();
  const share = (after.cpu - before.cpu) / ((after.atMs - before.atMs) / 1_000);
  return { what, ...heldBy(controller.pid), share };
}

async function withBoards(dataDir: string, fleetFile: string, times: Times): Promise<Idle[]> {
  progress(`with ${boards} boards …`);
  const controller = await startController(dataDir);
  const broker = { host: '127.0.0.1', port: controller.mqttPort, serverName: controllerServerName };
  const fleet = new Boards({ fleetFile, broker, from: 0, to: boards }, 1);
  const load = await Load.start();
  try {
    await pause(times.settleMs);
    const idle = [await atRest(`controller, ${boards} boards`, controller, times)];
    progress(`with ${times.pods} pods …`);
    const pods = { resource: 'pods', clients: 4, forMs: 120_000, most: times.pods } as const;
    await measureCreates(controller, load, pods);
    await pause(times.settleMs);
    const what = `controller, ${boards} boards, ${times.pods.toLocaleString('en')} pods stored`;
    return [...idle, await atRest(what, controller, times)];
  } finally {
    await Promise.all([load.stop(), fleet.stop()]);
    await controller.stop();
  }
}
