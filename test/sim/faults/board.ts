import type { SimBoard } from '../board/board.ts';
import type { JournalDamage } from '../board/journal.ts';
import type { RebootLeaves } from '../board/podman.ts';
import { manifestOf } from '../checks/cut-off.ts';
import type { World } from '../world/world.ts';
import type { FaultsOf } from './strike.ts';

/** Of one board: its agent, its power, its card. */
export const boardFaults: FaultsOf<'board'> = {
  'agent-kill': (world) => {
    const { dice, later } = world;
    const victim = world.anyBoard();
    victim.killAgent();
    later(100 + dice.share() * 20_000, () => victim.startAgent());
  },
  'agent-kill-at-step': (world) => killAtStep(world, world.anyBoard()),
  'board-reboot': (world) => {
    const { dice, later } = world;
    const victim = world.anyBoard();
    victim.reboot(dice.pick(reboots));
    later(3_000 + dice.share() * 30_000, () => victim.startAgent());
  },
  'cut-off-reboot': rebootCutOff,
  'journal-damage': (world) => damageJournal(world, world.anyBoard()),
  'board-disk-full': (world) => {
    const { dice, host, later } = world;
    const { machine } = world.anyBoard();
    machine.diskFull = true;
    later(1_000 + dice.share() * 60_000, () => {
      machine.diskFull = false;
      machine.fullUntilMs = host.monotonic();
    });
  },
};

const reboots: readonly RebootLeaves[] = ['nothing', 'exited', 'created'];
const damages: readonly JournalDamage[] = ['torn', 'garbage', 'garbage', 'lost', 'lost'];

/** Time enough for a board with a slow, failing runtime. */
const cutOffMs = 60_000;

/** Between two steps of whatever the agent does next. */
function killAtStep({ dice, host, later }: World, victim: SimBoard): void {
  let left = 1 + dice.below(30);
  const downMs = 100 + dice.share() * 20_000;
  const { machine } = victim;
  const onStep = (): void => {
    left -= 1;
    if (left > 0) return;
    machine.onStep = () => {};
    victim.killAgent();
    later(downMs, () => victim.startAgent());
  };
  machine.onStep = onStep;
  // A board that has nothing to do is not waited for.
  host.timer(120_000, () => {
    if (machine.onStep === onStep) machine.onStep = () => {};
  });
}

/** G5: what ran on it runs again, with nobody there to tell it. */
function rebootCutOff(world: World): void {
  const { broker, boards, dice, host, later } = world;
  const { durability } = world.checks;
  const sinceMs = host.monotonic();
  const linked = boards.filter(({ name }) => !broker.isCut(name));
  const busy = linked.filter((each) => durability.expectAfterReboot(each).length > 0);
  const victim = dice.pick(busy.length > 0 ? busy : linked);
  if (!victim) return;
  broker.cut(victim.name);
  const expected = durability.expectAfterReboot(victim);
  const ordered = manifestOf(victim.journal);
  victim.reboot(dice.pick(reboots));
  later(3_000, () => victim.startAgent());
  world.faultsLastMs = world.host.monotonic() + cutOffMs;
  later(cutOffMs, () => {
    const { diskFull, fullUntilMs } = victim.machine;
    // On a full card there is no room for the volumes of a pod, and it is tried ever more rarely.
    const hadRoom = !diskFull && fullUntilMs < sinceMs;
    if (hadRoom && broker.isCut(victim.name)) durability.checkAfterReboot(victim, expected, ordered);
    broker.mend(victim.name);
  });
}

/** Found when the agent starts the next time, with its pods running or after the power was gone. */
function damageJournal(world: World, victim: SimBoard): void {
  const { dice, later, checks, trace } = world;
  const kind = dice.pick(damages);
  if (dice.chance(0.5)) victim.killAgent();
  else victim.reboot(dice.pick(reboots));
  const { boots } = victim.journal;
  victim.journal.damage(kind, dice);
  if (kind !== 'torn') checks.journalLost(victim.name, boots);
  trace.note(`the journal of ${victim.name} is damaged: ${kind}`);
  later(100 + dice.share() * 10_000, () => victim.startAgent());
}
