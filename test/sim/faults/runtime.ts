import { slowestPullMs } from '../board/machine.ts';
import type { FaultsOf } from './strike.ts';

/** Of a board's container runtime. Programs that end by themselves are in the pods that operators ask for. */
export const runtimeFaults: FaultsOf<'runtime'> = {
  'slow-pulls': ({ dice, later, anyBoard }) => {
    const { machine } = anyBoard();
    machine.slowestPullMs = 60_000;
    later(5_000 + dice.share() * 60_000, () => {
      machine.slowestPullMs = slowestPullMs;
    });
  },
  'undying-containers': ({ dice, later, anyBoard }) => {
    const { machine, podman } = anyBoard();
    machine.undying = true;
    later(5_000 + dice.share() * 60_000, () => {
      machine.undying = false;
      podman.letDie();
    });
  },
  'runtime-restart': ({ dice, later, anyBoard }) => {
    const { machine, podman } = anyBoard();
    machine.runtimeDown = true;
    podman.dropListeners();
    later(100 + dice.share() * 20_000, () => {
      machine.runtimeDown = false;
    });
  },
};
