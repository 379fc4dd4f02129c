import { identityOf } from '@bramble/agent/pods/labels.ts';
import type { EngineEvent } from '@bramble/controller/store/engine.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { runsForever } from '../board/images.ts';
import type { ContainerObserver, SimContainer } from '../board/podman.ts';
import type { Trace } from '../trace.ts';
import { type DurableHistory, podPrefix } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

interface Tally {
  starts: number;
  /** Ends that nobody of ours caused: a reboot, the program itself. */
  excused: number;
}

/** Watches every container of the fleet: G3 (one at most) and G5 (none ended without an order). */
export class ContainerCheck implements ContainerObserver {
  /** `{uid}/{container}` → where it runs. */
  readonly #running = new Map<string, string>();
  /** The pods of all containers that ever started, by what a status calls them. */
  readonly #owners = new Map<string, string>();
  readonly #forgetful = new Set<string>();
  readonly #tallies = new Map<string, Tally>();
  readonly #history: DurableHistory;
  readonly #verdict: Verdict;
  readonly #trace: Trace;

  constructor(history: DurableHistory, verdict: Verdict, trace: Trace) {
    this.#history = history;
    this.#verdict = verdict;
    this.#trace = trace;
  }

  /** G6: what the disk says of a pod's containers is said of its own. */
  written({ type, stored: { key, object } }: EngineEvent): void {
    if (type === 'delete' || !key.startsWith(podPrefix)) return;
    for (const { containerID = '' } of (object as unknown as Pod).status?.containerStatuses ?? []) {
      const owner = this.#owners.get(containerID) ?? object.metadata.uid;
      if (owner !== object.metadata.uid)
        this.#verdict.broken('G6', `${key} shows ${containerID}, which is another pod's: ${owner}`);
    }
  }

  started(board: string, container: SimContainer): void {
    const { id, image } = container.view;
    const name = nameOf(container);
    const other = this.#running.get(name);
    if (other !== undefined) this.#verdict.broken('G3', `${name} runs as ${other} and as ${id} on ${board}`);
    this.#running.set(name, id);
    this.#owners.set(`sim://${id}`, uidOf(container));
    this.#trace.note(`${board} started ${id} ${name}`);
    const tally = this.#tally(`${name} ${image}`);
    tally.starts += 1;
    if (runsForever(image) && tally.starts > 1 + tally.excused)
      this.#verdict.broken('G5', `${name} on ${board} was started ${tally.starts} times without a cause`);
  }

  ending(board: string, container: SimContainer, how: 'stop' | 'remove'): void {
    const name = nameOf(container);
    this.#trace.note(`${board} ${how} ${container.view.id} ${name}`);
    // An image that was replaced is not what is desired any more, and may be once more later.
    if (this.#history.isReplaced(uidOf(container), container))
      this.#tally(`${name} ${container.view.image}`).excused += 1;
    else if (this.#history.isWanted(uidOf(container)))
      this.#verdict.broken('G5', `${board} ends (${how}) ${name}, which is still desired`);
  }

  ended(board: string, container: SimContainer, why: string): void {
    const name = nameOf(container);
    this.#trace.note(`${board} ended ${container.view.id} ${name} ${why}`);
    if (this.#running.get(name) === container.view.id) this.#running.delete(name);
    if (why === 'reboot' || why === 'by itself') this.#tally(`${name} ${container.view.image}`).excused += 1;
  }

  removed(board: string, container: SimContainer): void {
    this.#trace.note(`${board} removed ${container.view.id}`);
  }

  /** A board whose journal is lost cannot tell whose the volumes of pods without containers are. */
  journalLost(board: string): void {
    this.#forgetful.add(board);
  }

  emptied(board: string, uid: string): void {
    if (this.#forgetful.has(board)) return;
    if (this.#history.isWanted(uid) && !this.#history.hasEnded(uid))
      this.#verdict.broken('G5', `${board} removes the volumes of ${uid}, which is still desired`);
  }

  /** Restored from an old copy, a pod may begin its life a second time. */
  forget(uid: string): void {
    for (const name of this.#tallies.keys()) if (name.startsWith(`${uid}/`)) this.#tallies.delete(name);
  }

  #tally(name: string): Tally {
    const tally = this.#tallies.get(name) ?? { starts: 0, excused: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }
}

export function uidOf(container: SimContainer): string {
  return identityOf(container.view.labels)?.uid ?? '';
}

function nameOf(container: SimContainer): string {
  const identity = identityOf(container.view.labels);
  return `${identity?.uid}/${identity?.container}`;
}
