import { controllerName } from '../world/controller-process.ts';
import type { World } from '../world/world.ts';
import type { FaultsOf } from './strike.ts';

/** Of the broker, and of the links to it. */
export const brokerFaults: FaultsOf<'broker'> = {
  'broker-restart': ({ broker, dice, later }) => {
    broker.stop(dice.pick(['kept', 'kept', 'lost', 'old']));
    later(dice.share() * 10_000, () => broker.start());
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

function cutFor({ broker, dice, later }: World, name: string): void {
  broker.cut(name);
  later(dice.share() * 90_000, () => broker.mend(name));
}

function anybody(world: World): string {
  return world.dice.chance(0.3) ? controllerName : world.anyBoard().name;
}
