import { restoredForm } from '@bramble/controller/store/backup/restored-form.ts';
import { encodeTransaction } from '@bramble/controller/store/encode.ts';
import { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { World } from '../world/world.ts';
import type { FaultsOf } from './strike.ts';

/** As `bramble restore` does: beyond what anybody has seen. */
const revisionJump = 1_000_000;

/** Of the controller's disk, and of which disk it is. Writes that were not synced are lost when the controller is killed. */
export const storeFaults: FaultsOf<'store'> = {
  'store-disk-full': ({ dice, later, disk }) => {
    disk.full = true;
    later(500 + dice.share() * 20_000, () => {
      disk.full = false;
    });
  },
  'store-stall': ({ dice, later, controller }) => {
    controller.stallMs = 1_000 + dice.share() * 8_000;
    later(1_000 + dice.share() * 30_000, () => {
      controller.stallMs = 0;
    });
  },
  'old-copy': useOldCopy,
  'foreign-store': foreignStore,
};

/** First a copy of the store is taken, and some time later it is all that is left. */
function useOldCopy(world: World): void {
  const { copy, controller, later, trace, checks, disk, dice } = world;
  if (controller.life?.disk !== disk) return;
  if (!copy || dice.chance(0.3)) {
    world.copy = copied(disk, disk.storeId, 0);
    return trace.note(`the store is copied at revision ${disk.revision}`);
  }
  controller.kill();
  world.copy = undefined;
  world.disk = copied(copy, world.restoredStoreId(), revisionJump, () => world.newUid());
  world.disk.epoch = Math.max(disk.epoch, copy.epoch);
  checks.restored(world.disk);
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
