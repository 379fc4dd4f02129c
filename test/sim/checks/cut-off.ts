import type { SimBoard } from '../board/board.ts';
import { runsForever } from '../board/images.ts';
import type { SimContainer } from '../board/podman.ts';
import { uidOf } from './containers.ts';
import type { DurableHistory } from './durable-history.ts';
import type { Verdict } from './verdict.ts';

/** What pods' volumes are made of. */
const contents = /^objects\/(configmaps|secrets)\//;

/** G5: a board that reboots while it is cut off runs its pods again. */
export class CutOffCheck {
  readonly #history: DurableHistory;
  readonly #verdict: Verdict;

  constructor(history: DurableHistory, verdict: Verdict) {
    this.#history = history;
    this.#verdict = verdict;
  }

  /** Containers that must come back: of pods that are always restarted, that do not end by themselves, and that are wanted. */
  expectAfterReboot({ podman }: SimBoard): string[] {
    return [...podman.containers.values()]
      .filter((container) => container.view.state === 'running' && this.#comesBack(container))
      .filter((container) => this.#history.isWanted(uidOf(container)))
      .map(nameOf);
  }

  /** @param journaled what the board's journal had at the time of the reboot, by key */
  checkAfterReboot(board: SimBoard, expected: readonly string[], journaled: readonly string[]): void {
    const { agent, journal } = board;
    if (!agent) return;
    // What a damaged journal still has counts, and what it has lost nobody can know.
    const lost = journaled.filter((key) => !journal.records.has(key));
    const isKnown = (uid: string): boolean =>
      !lost.some((key) => key.endsWith(`pods/${uid}`) || contents.test(key));
    const running = new Set(
      [...board.podman.containers.values()]
        .filter(({ view }) => view.state === 'running')
        .map((container) => nameOf(container)),
    );
    for (const name of expected) {
      const uid = name.split('/', 1)[0] ?? '';
      if (this.#history.isWanted(uid) && isKnown(uid) && !running.has(name))
        this.#verdict.broken('G5', `${board.name} rebooted cut off, and does not run ${name} again`);
    }
  }

  #comesBack(container: SimContainer): boolean {
    const pod = this.#history.pods.get(uidOf(container))?.stored.object;
    const spec = pod?.['spec'] as { restartPolicy?: string } | undefined;
    return spec?.restartPolicy === 'Always' && runsForever(container.view.image);
  }
}

function nameOf(container: SimContainer): string {
  return `${uidOf(container)}/${container.view.labels['bramble.dev/container']}`;
}
