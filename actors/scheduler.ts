import type { AnyCell } from './cell.ts';
import type { Host } from './host.ts';
import { Ring } from './ring.ts';

/** A turn longer than this is counted and reported: everything else waited for it. */
const slowTurnMs = 10;
/** After this long the loop lets timers and sockets have their turn. */
const sliceMs = 5;
/** Ends a slice also under a clock that stands still, as in a simulation. */
const turnsPerSlice = 10_000;

export interface TurnCounts {
  turns: number;
  slowTurns: number;
  longestTurnMs: number;
}

/** Gives waiting actors their turns: one message each, one after the other, in slices of the event loop. */
export class Scheduler {
  readonly counts: TurnCounts = { turns: 0, slowTurns: 0, longestTurnMs: 0 };
  readonly #host: Host;
  readonly #ready = new Ring<AnyCell>();
  #scheduled = false;
  #entered = false;
  #afterwards: (() => void) | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  enqueue(cell: AnyCell): void {
    cell.queued = true;
    this.#ready.push(cell);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#host.defer(this.#slice);
  }

  /** Runs actors' code that is no turn: a start, a stop. */
  enter(work: () => void): void {
    const outermost = !this.#entered;
    this.#entered = true;
    try {
      work();
    } finally {
      if (outermost) this.#leave();
    }
  }

  /** Runs `work` now, or after the turn or the start that runs. Of several that wait, the last counts. */
  afterTurn(work: () => void): void {
    if (this.#entered) this.#afterwards = work;
    else this.enter(work);
  }

  #leave(): void {
    this.#runAfterwards();
    this.#entered = false;
  }

  #runAfterwards(): void {
    while (this.#afterwards !== undefined) {
      const work = this.#afterwards;
      this.#afterwards = undefined;
      work();
    }
  }

  readonly #slice = (): void => {
    this.#entered = true;
    try {
      this.#takeTurns();
    } finally {
      this.#leave();
      this.#scheduled = this.#ready.size > 0;
      if (this.#scheduled) this.#host.defer(this.#slice);
    }
  };

  #takeTurns(): void {
    const ready = this.#ready;
    const began = this.#host.monotonic();
    let before = began;
    for (let turns = 0; turns < turnsPerSlice && ready.size > 0; turns += 1) {
      const cell = this.#takeReady();
      cell.turn();
      if (cell.hasWork) ready.push(cell);
      else cell.queued = false;
      if (this.#afterwards !== undefined) this.#runAfterwards();
      const after = this.#host.monotonic();
      this.#measure(cell, after - before);
      before = after;
      if (after - began >= sliceMs) return;
    }
  }

  #takeReady(): AnyCell {
    const waiting = this.#ready.size;
    const pick = waiting === 1 ? 0 : this.#host.nextTurn(waiting);
    return (pick === 0 ? this.#ready.take() : this.#ready.takeAt(pick)) as AnyCell;
  }

  #measure(cell: AnyCell, tookMs: number): void {
    const { counts } = this;
    counts.turns += 1;
    if (tookMs > counts.longestTurnMs) counts.longestTurnMs = tookMs;
    if (tookMs <= slowTurnMs) return;
    counts.slowTurns += 1;
    this.#host.log({
      level: 'info',
      from: cell.path,
      message: 'slow turn',
      fields: { tookMs: Math.round(tookMs) },
    });
  }
}
