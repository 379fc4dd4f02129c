import { controllerName } from '../world/controller-process.ts';
import type { World } from '../world/world.ts';
import type { FaultsOf } from './strike.ts';

/** Time enough for a controller to call boards lost that it does not know. */
const unkeptLeastMs = 60_000;

/** Of the broker, and of the links to it. */
export const brokerFaults: FaultsOf<'broker'> = {
  'broker-restart': ({ broker, dice, later }) => {
    broker.stop(dice.pick(['kept', 'kept', 'lost', 'old']));
    later(dice.share() * 10_000, () => broker.start());
  },
  'births-unkept': (world) => {
    const { broker, controller, dice, host, later } = world;
    if (!broker.keepsBirths) return;
    broker.keepBirths(false);
    controller.kill();
    later(50 + dice.share() * 5_000, () => controller.start(world.disk));
    const unkeptMs = unkeptLeastMs + dice.share() * 120_000;
    world.faultsLastMs = Math.max(world.faultsLastMs, host.monotonic() + unkeptMs);
    later(unkeptMs, () => keepBirths(world));
  },
  'link-cut': (world) => cutFor(world, world.anyBoard().name),
  'controller-link-cut': (world) => cutFor(world, controllerName),
  'half-open-link': (world) => world.broker.halfOpen(anybody(world)),
  'slow-subscriber': (world) => {
    const { broker, dice, later } = world;
    const name = anybody(world);
    broker.slow.set(name, 20 + dice.share() * 280);
    later(1_000 + dice.share() * 60_000, () => void broker.slow.delete(name));
  },
};

/** What has found no room is kept when it is said again: all come back, and say it. */
export function keepBirths({ broker }: World): void {
  if (broker.keepsBirths) return;
  broker.keepBirths(true);
  broker.stop('kept');
  broker.start();
}

function cutFor({ broker, dice, later }: World, name: string): void {
  broker.cut(name);
  later(dice.share() * 90_000, () => broker.mend(name));
}

function anybody(world: World): string {
  return world.dice.chance(0.3) ? controllerName : world.anyBoard().name;
}
