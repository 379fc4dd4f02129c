import { mkdir } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import { ControllerProcess } from '../../e2e/fixture/controller-process.ts';
import { freePorts } from '../../e2e/fixture/machine.ts';
import { type Access, call, collection } from '../api.ts';
import type { Incarnation } from '../kill-rounds.ts';
import { makeDisk, makeRootDisk } from './guest-root.ts';
import type { Kernel } from './kernel.ts';
import { VirtualMachine } from './machine.ts';

export interface MachineRoundsOptions {
  readonly folder: string;
  readonly kernel: Kernel;
  readonly sync: boolean;
  readonly seed: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

export interface MachineRounds {
  readonly start: () => Promise<Incarnation>;
  /** How often the machine was killed before its controller served. */
  readonly killedWhileStarting: number;
}

const startMs = 600_000;
const dataMebibytes = 512;
/** How often it dies once more while it starts, so that what mends the disk is killed as well. */
const chanceOfSecondKill = 0.25;

/** Makes both disks. A first start, which ends in good order, leaves on the disk what Node compiled. */
export async function prepareMachine(options: MachineRoundsOptions): Promise<MachineRounds> {
  const { folder, kernel, sync, signal } = options;
  const [rootDisk, dataDisk] = [join(folder, 'root.img'), join(folder, 'data.img')];
  await makeRootDisk(rootDisk, { folder: join(folder, 'root'), busybox: kernel.busybox, sync });
  const login = await makeDataDisk(dataDisk, join(folder, 'data'));
  // Another port each time: somebody else may have the last one meanwhile.
  const machine = async () => {
    const [port = 0] = await freePorts(1);
    return { kernel, rootDisk, dataDisk, port, signal };
  };
  await new VirtualMachine({ ...(await machine()), prepare: true }).ended(startMs);
  const random = seededRandom(options.seed + 1);
  let lastStartMs = 10_000;
  let killedWhileStarting = 0;
  const start = async (): Promise<Incarnation> => {
    while (random() < chanceOfSecondKill) {
      await killWhileStarting(new VirtualMachine(await machine()), random() * lastStartMs);
      killedWhileStarting += 1;
    }
    const beganMs = performance.now();
    const options = await machine();
    const started = await startServing(new VirtualMachine(options), { ...login, port: options.port });
    lastStartMs = performance.now() - beganMs;
    return started;
  };
  return {
    start,
    get killedWhileStarting() {
      return killedWhileStarting;
    },
  };
}

interface AdminLogin {
  readonly ca: string;
  readonly token: string;
}

/** The data directory of a controller that was started here, once: so its certificate and token are known on both sides. */
async function makeDataDisk(path: string, folder: string): Promise<AdminLogin> {
  const dataDir = join(folder, 'bramble');
  await mkdir(dataDir, { recursive: true });
  const controller = await ControllerProcess.start({ dataDir, httpsPort: 0, mqttPort: 0 });
  const login = { ca: controller.ca, token: controller.adminToken };
  await controller.kill();
  await makeDisk(path, folder, dataMebibytes);
  return login;
}

async function killWhileStarting(machine: VirtualMachine, afterMs: number): Promise<void> {
  await pause(afterMs);
  await machine.kill();
}

async function startServing(
  machine: VirtualMachine,
  { ca, token, port }: AdminLogin & { port: number },
): Promise<Incarnation> {
  const access: Access = { port, agent: new Agent({ ca, keepAlive: true, maxSockets: 64 }), token };
  const kill = () => machine.kill().finally(() => access.agent.destroy());
  const serves = () =>
    call(access, 'GET', collection).then(
      ({ code }) => code === 200,
      () => false,
    );
  try {
    await machine.ready(serves, startMs);
    return { access, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}
