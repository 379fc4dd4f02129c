import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { RebootLeaves } from '../board/podman.ts';
import type { SimBoard } from './board.ts';
import { controllerName } from './controller-process.ts';
import { strikeDeeper } from './deeper-faults.ts';
import type { FaultKind } from './plan.ts';
import type { World } from './world.ts';

const reboots: readonly RebootLeaves[] = ['nothing', 'exited', 'created'];

/** Time enough for a board with a slow, failing runtime. */
const cutOffMs = 60_000;

/** Lets something go wrong, and arranges for its end. */
export function strike(kind: FaultKind, world: World): void {
  world.trace.note(`fault ${kind}`);
  switch (kind) {
    case 'broker-restart':
      return restartBroker(world);
    case 'link-cut':
      return cutFor(world, board(world).name);
    case 'controller-link-cut':
      return cutFor(world, controllerName);
    case 'agent-kill':
      return killAgent(world, board(world));
    case 'board-reboot':
      return reboot(world, board(world));
    case 'cut-off-reboot':
      return rebootCutOff(world);
    case 'controller-kill':
      return killController(world);
    case 'clock-jump':
      return jumpClock(world);
    case 'foreign-store':
      return foreignStore(world);
    default:
      return strikeDeeper(kind, world);
  }
}

/** Everything that is down comes back, and nothing goes wrong any more. */
export async function endFaults(world: World): Promise<void> {
  await world.host.elapse(Math.max(1, world.faultsLastMs + 1 - world.host.monotonic()));
  world.calm = true;
  for (const end of world.atCalm) end();
  world.broker.start();
  world.broker.mend(controllerName);
  world.disk.full = false;
  for (const each of world.boards) {
    each.machine.diskFull = false;
    each.machine.onStep = () => {};
    // An agent that found its journal damaged removes nothing on the strength of it, until it starts again.
    if (each.journal.damaged) each.killAgent();
    world.broker.mend(each.name);
    await each.startAgent();
  }
  if (world.controller.life?.disk !== world.disk) world.controller.kill();
  if (!world.controller.life) await world.controller.start(world.disk);
}

function board({ dice, boards }: World): SimBoard {
  return dice.pick(boards);
}

function restartBroker({ broker, dice, later }: World): void {
  broker.stop(dice.chance(0.5));
  later(dice.share() * 10_000, () => broker.start());
}

function cutFor({ broker, dice, later }: World, name: string): void {
  broker.cut(name);
  later(dice.share() * 90_000, () => broker.mend(name));
}

function killAgent({ dice, later }: World, victim: SimBoard): void {
  victim.killAgent();
  later(100 + dice.share() * 20_000, () => victim.startAgent());
}

function reboot({ dice, later }: World, victim: SimBoard): void {
  victim.reboot(dice.pick(reboots));
  later(3_000 + dice.share() * 30_000, () => victim.startAgent());
}

/** G5: what ran on it runs again, with nobody there to tell it. */
function rebootCutOff(world: World): void {
  const { broker, boards, dice, later, durability } = world;
  const linked = boards.filter(({ name }) => !broker.isCut(name));
  const busy = linked.filter((each) => durability.expectAfterReboot(each).length > 0);
  const victim = dice.pick(busy.length > 0 ? busy : linked);
  if (!victim) return;
  broker.cut(victim.name);
  const expected = durability.expectAfterReboot(victim);
  const { losses } = victim.journal;
  victim.reboot(dice.pick(reboots));
  later(3_000, () => victim.startAgent());
  world.faultsLastMs = world.host.monotonic() + cutOffMs;
  later(cutOffMs, () => {
    if (broker.isCut(victim.name)) durability.checkAfterReboot(victim, expected, losses);
    broker.mend(victim.name);
  });
}

function killController(world: World): void {
  const { controller, dice, later } = world;
  if (!controller.life) return;
  controller.kill();
  later(50 + dice.share() * 20_000, () => controller.start(world.disk));
}

function jumpClock(world: World): void {
  const { dice, controller } = world;
  const skewMs = (dice.share() - 0.5) * 3_600_000;
  if (dice.chance(0.2)) controller.setClock(skewMs);
  else board(world).setClock(skewMs);
}

/** Another controller takes the place of ours for a while: with nothing in its store, and boards that joined it or not. */
function foreignStore(world: World): void {
  const { controller, boards, dice, later, trace, strangerStoreId } = world;
  if (!controller.life) return;
  controller.kill();
  const other = new MemoryDisk(strangerStoreId);
  other.epoch = dice.below(100);
  if (dice.chance(0.7))
    other.commit([encodeTransaction({ conditions: [], writes: boards.map((each) => each.registration()) })]);
  // By then nothing of what people published for our own controller is under way.
  later(2_000, () => controller.start(other));
  later(22_000 + dice.share() * 40_000, () => {
    if (controller.life?.disk !== other) return;
    trace.note('our own store comes back');
    controller.kill();
    return controller.start(world.disk);
  });
}
