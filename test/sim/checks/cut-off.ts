import type { Manifest } from '@bramble/protocol/messages/orders.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { SimBoard } from '../board/board.ts';
import { runsForever } from '../board/images.ts';
import type { SimJournal } from '../board/journal.ts';
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

  /**
   * Containers that must come back: of pods that are always restarted, that do not end by themselves, and that are wanted. A card
   * that was damaged a moment ago may not have been told of all again.
   */
  expectAfterReboot({ podman, journal }: SimBoard): string[] {
    return [...podman.containers.values()]
      .filter((container) => container.view.state === 'running' && this.#comesBack(container))
      .filter((container) => this.#history.isWanted(uidOf(container)))
      .filter((container) => hasAll(journal, neededFor(uidOf(container), manifestOf(journal))))
      .map(nameOf);
  }

  /** @param ordered the manifest that the board's journal had at the time of the reboot */
  checkAfterReboot(board: SimBoard, expected: readonly string[], ordered: Manifest | undefined): void {
    const { agent, journal } = board;
    if (!agent) return;
    // What a damaged journal still has counts, and what it has lost nobody can know.
    const isKnown = (uid: string): boolean => hasAll(journal, neededFor(uid, ordered));
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
    const pod = this.#history.pods.get(uidOf(container))?.stored.object as Pod | undefined;
    // With a new image it is replaced, by what may not run for long.
    const images = [container.view.image, ...(pod?.spec?.containers.map(({ image = '' }) => image) ?? [])];
    return pod?.spec?.restartPolicy === 'Always' && images.every(runsForever);
  }
}

/** @returns what the journal has by the newest manifest that it knows; `undefined`: it was damaged, and knows of none */
export function manifestOf({ records }: SimJournal): Manifest | undefined {
  const json = records.get('manifest');
  return json === undefined ? undefined : JSON.parse(json);
}

/** The pod, what the board has decided about it, and all that volumes may be made of. */
function neededFor(uid: string, manifest: Manifest | undefined): readonly string[] | undefined {
  const named = manifest && Object.keys(manifest.objects).map((key) => `objects/${key}`);
  return (
    named && [`pods/${uid}`, ...named.filter((key) => key === `objects/pods/${uid}` || contents.test(key))]
  );
}

function hasAll({ records }: SimJournal, keys: readonly string[] | undefined): boolean {
  return keys?.every((key) => records.has(key)) ?? false;
}

function nameOf(container: SimContainer): string {
  return `${uidOf(container)}/${container.view.labels['bramble.dev/container']}`;
}
