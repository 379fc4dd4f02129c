import type { World } from '../world/world.ts';
import type { FaultsOf } from './strike.ts';

const halfHourMs = 1_800_000;
/** A board without a clock of its own begins somewhere in the past, until the network tells it. */
const yearMs = 365 * 24 * 3_600_000;

/** Of the controller's process, and of everybody's clock. */
export const machineFaults: FaultsOf<'machines'> = {
  'controller-kill': (world) => {
    if (!world.controller.life) return;
    world.controller.kill();
    startLater(world);
  },
  'controller-kill-at-step': killAtStep,
  'clock-jump': jumpClock,
};

/** Before or after one of the next messages that it publishes, or of the next commits. */
function killAtStep(world: World): void {
  const { controller, dice, host } = world;
  controller.killAfter(1 + dice.below(40), () => startLater(world));
  // One that has nothing to do is not waited for.
  host.timer(60_000, () => controller.spare());
}

function startLater(world: World): void {
  const { controller, dice, later } = world;
  later(50 + dice.share() * 20_000, () => controller.start(world.disk));
}

function jumpClock(world: World): void {
  const { dice, controller } = world;
  const skewMs = dice.chance(0.2) ? -dice.share() * yearMs : (dice.share() * 2 - 1) * halfHourMs;
  if (dice.chance(0.2)) controller.setClock(skewMs);
  else world.anyBoard().setClock(skewMs);
}
