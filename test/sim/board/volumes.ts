import type { PodVolumes, VolumeContent } from '@bramble/agent/volumes/port.ts';
import type { ProcessHost } from '../process-host.ts';
import { afterwards, type Machine, needsRoom, operationMs } from './machine.ts';

/** The volumes of a machine's pods, by uid. They are on its disk. */
export class SimVolumes {
  readonly pods = new Map<string, readonly VolumeContent[]>();
  readonly #onRemoved: (uid: string) => void;

  constructor(onRemoved: (uid: string) => void) {
    this.#onRemoved = onRemoved;
  }

  /** What they hold an agent writes itself: of what it had begun nothing changes them any more once it is dead. */
  port(process: ProcessHost, machine: Machine): PodVolumes {
    const whileAlive =
      <T>(act: () => T) =>
      (): T => {
        if (!process.alive) throw new Error('the agent has ended');
        return act();
      };
    const later = <T>(act: () => T): Promise<T> =>
      process.whileAlive(() => afterwards(machine, operationMs(machine), whileAlive(act)));
    return {
      prepare: (uid, contents) => later(needsRoom(machine, () => this.#prepare(uid, contents))),
      subPath: (volume, subPath) => later(() => `${volume}/${subPath}`),
      remove: (uid) => later(() => this.#remove(uid)),
      list: () => later(() => [...this.pods.keys()]),
    };
  }

  #remove(uid: string): void {
    if (this.pods.delete(uid)) this.#onRemoved(uid);
  }

  #prepare(uid: string, contents: readonly VolumeContent[]): ReadonlyMap<string, string> {
    this.pods.set(uid, contents);
    return new Map(contents.map(({ name }) => [name, `/var/lib/volumes/${uid}/${name}`]));
  }
}
