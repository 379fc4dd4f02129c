import type { SimBoard } from '../board/board.ts';
import { slowestPullMs } from '../board/machine.ts';
import { controllerName } from '../world/controller-process.ts';
import type { World } from '../world/world.ts';
import { keepBirths } from './broker.ts';

/** By then it has been told what it runs. */
const settledMs = 10_000;

/** Everything that is down comes back, and nothing goes wrong any more. */
export async function endFaults(world: World): Promise<void> {
  const { host, broker, controller } = world;
  await host.elapse(Math.max(1, world.faultsLastMs + 1 - host.monotonic()));
  world.calm = true;
  for (const end of world.atCalm) end();
  broker.start();
  keepBirths(world);
  broker.slow.clear();
  broker.mend(controllerName);
  world.disk.full = false;
  controller.stallMs = 0;
  controller.spare();
  for (const board of world.boards) await mend(board, world);
  await startAnew(world);
  if (controller.life?.disk !== world.disk) controller.kill();
  if (!controller.life) await controller.start(world.disk);
}

async function mend(board: SimBoard, { broker }: World): Promise<void> {
  const { machine, podman, name } = board;
  machine.diskFull = false;
  machine.slowestPullMs = slowestPullMs;
  machine.runtimeDown = false;
  machine.undying = false;
  machine.onStep = () => {};
  podman.letDie();
  broker.mend(name);
  await board.startAgent();
}

/** An agent that found its journal damaged removes nothing on the strength of it, until it starts again. */
async function startAnew({ boards, host }: World): Promise<void> {
  const damaged = boards.filter(({ journal }) => journal.damaged);
  if (damaged.length === 0) return;
  await host.elapse(settledMs);
  for (const board of damaged) {
    board.killAgent();
    await board.startAgent();
  }
}
