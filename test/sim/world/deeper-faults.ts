import { restoredForm } from '@bramble/controller/store/backup/restored-form.ts';
import { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { JournalDamage } from '../board/journal.ts';
import type { RebootLeaves } from '../board/podman.ts';
import { forge, goRogue } from './attacks.ts';
import type { SimBoard } from './board.ts';
import { cloneBoard } from './clones.ts';
import type { FaultKind } from './plan.ts';
import type { World } from './world.ts';

export type DeeperFault = Extract<
  FaultKind,
  | 'agent-kill-at-step'
  | 'board-disk-full'
  | 'store-disk-full'
  | 'journal-damage'
  | 'old-copy'
  | 'rogue-board'
  | 'forging-broker'
  | 'cloned-board'
>;

/** As `bramble restore` does: beyond what anybody has seen. */
const revisionJump = 1_000_000;

/** What goes wrong with disks, copies and identities. */
export function strikeDeeper(kind: DeeperFault, world: World): void {
  const victim = world.dice.pick(world.boards);
  switch (kind) {
    case 'agent-kill-at-step':
      return killAtStep(world, victim);
    case 'board-disk-full':
      return fillBoard(world, victim);
    case 'store-disk-full':
      return fillStore(world);
    case 'journal-damage':
      return damageJournal(world, victim);
    case 'old-copy':
      return useOldCopy(world);
    case 'rogue-board':
      return goRogue(world, victim);
    case 'forging-broker':
      return forge(world, victim);
    case 'cloned-board':
      return cloneBoard(world, victim);
  }
}

/** Between two steps of whatever the agent does next. */
function killAtStep({ dice, host, later, calm }: World, victim: SimBoard): void {
  let left = 1 + dice.below(30);
  const downMs = 100 + dice.share() * 20_000;
  victim.machine.onStep = () => {
    left -= 1;
    if (left > 0 || calm) return;
    victim.machine.onStep = () => {};
    victim.killAgent();
    later(downMs, () => victim.startAgent());
  };
  // A board that has nothing to do is not waited for.
  host.timer(120_000, () => {
    victim.machine.onStep = () => {};
  });
}

function fillBoard({ dice, later }: World, { machine }: SimBoard): void {
  machine.diskFull = true;
  later(1_000 + dice.share() * 60_000, () => {
    machine.diskFull = false;
  });
}

function fillStore({ dice, later, disk }: World): void {
  disk.full = true;
  later(500 + dice.share() * 20_000, () => {
    disk.full = false;
  });
}

const damages: readonly JournalDamage[] = ['torn', 'garbage', 'garbage', 'lost', 'lost'];
const reboots: readonly RebootLeaves[] = ['nothing', 'nothing', 'exited', 'created'];

/** Found when the agent starts the next time, with its pods running or after the power was gone. */
function damageJournal(world: World, victim: SimBoard): void {
  const { dice, later, boundaries, trace } = world;
  const kind = dice.pick(damages);
  if (dice.chance(0.5)) victim.killAgent();
  else victim.reboot(dice.pick(reboots));
  victim.journal.damage(kind, dice);
  if (kind !== 'torn') boundaries.forget(victim.name);
  trace.note(`the journal of ${victim.name} is damaged: ${kind}`);
  later(100 + dice.share() * 10_000, () => victim.startAgent());
}

/** First a copy of the store is taken, and some time later it is all that is left. */
function useOldCopy(world: World): void {
  const { copy, controller, later, trace, history, disk, dice } = world;
  if (controller.life?.disk !== disk) return;
  if (!copy || dice.chance(0.3)) {
    world.copy = copied(disk, disk.storeId, 0);
    return trace.note(`the store is copied at revision ${disk.revision}`);
  }
  controller.kill();
  world.copy = undefined;
  world.disk = copied(copy, world.restoredStoreId(), revisionJump, () => world.newUid());
  world.disk.epoch = Math.max(disk.epoch, copy.epoch);
  history.restored(world.disk);
  world.podHistory.restored();
  for (const uid of history.doubtful) world.containers.forget(uid);
  trace.note(`the copy of revision ${copy.revision} is restored in place of revision ${disk.revision}`);
  later(1_000 + dice.share() * 10_000, () => controller.start(world.disk));
}

function copied(from: MemoryDisk, storeId: string, jump: number, newUid?: () => string): MemoryDisk {
  const disk = new MemoryDisk(storeId);
  for (const [key, stored] of from.objects)
    disk.objects.set(key, newUid ? restoredForm(stored, newUid) : stored);
  disk.revision = from.revision + jump;
  disk.epoch = from.epoch;
  return disk;
}
