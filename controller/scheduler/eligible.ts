import { BoardOrder } from './board-order.ts';
import type { PodFacts } from './facts.ts';
import { standingRefusalOf } from './filters.ts';
import { kindOf } from './shape.ts';
import type { Board } from './snapshot.ts';

/** Remembered boards of all kinds of pods together, some five megabytes; a kind counts for some, too. */
const mostRemembered = 100_000;
const perKind = 200;

/** Pods that ask for the same boards, whatever room they need there. */
interface Kind {
  readonly pod: PodFacts;
  readonly boards: BoardOrder;
}

/**
 * Boards that suit a pod by what they are and not by what runs there: labels, taints, readiness. Pods of one workload ask
 * for the same, so that it is found out once, and from then on with each change of a board for that board alone.
 */
export class EligibleBoards {
  /** The one used last comes last. */
  readonly #kinds = new Map<string, Kind>();
  #remembered = 0;

  /** @param boards all that there are. */
  of(pod: PodFacts, boards: Iterable<Board>): BoardOrder {
    const name = kindOf(pod);
    const kind = this.#kinds.get(name) ?? this.#find(pod, boards);
    this.#kinds.delete(name);
    this.#kinds.set(name, kind);
    this.#forgetOldest();
    return kind.boards;
  }

  /** A board is new, or what it is has changed. */
  changed(board: Board): void {
    for (const { pod, boards } of this.#kinds.values()) {
      const [was, is] = [boards.has(board), !standingRefusalOf(pod, board)];
      if (is && !was) boards.add(board);
      if (was && !is) boards.remove(board);
      this.#remembered += Number(is) - Number(was);
    }
  }

  removed(board: Board): void {
    for (const { boards } of this.#kinds.values()) if (boards.remove(board)) this.#remembered -= 1;
  }

  #find(pod: PodFacts, boards: Iterable<Board>): Kind {
    const found = new BoardOrder();
    for (const board of boards) if (!standingRefusalOf(pod, board)) found.add(board);
    this.#remembered += found.size + perKind;
    return { pod, boards: found };
  }

  #forgetOldest(): void {
    for (const [name, { boards }] of this.#kinds) {
      // The newest is in use.
      if (this.#remembered <= mostRemembered || this.#kinds.size === 1) return;
      this.#kinds.delete(name);
      this.#remembered -= boards.size + perKind;
    }
  }
}
