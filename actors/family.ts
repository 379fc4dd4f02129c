import type { AnyCell } from './cell.ts';
import {
  backoffDelay,
  defaultSupervision,
  restartGroup,
  type Supervision,
  withinBudget,
} from './supervision.ts';

/** A restart that waits for its back-off; one for all the children that failed together. */
interface PendingRestart {
  readonly cells: Set<AnyCell>;
  readonly cancel: () => void;
}

/** The children of one actor in their order of starting, and what is known of their failures. */
export class Family {
  readonly #parent: AnyCell;
  readonly #children = new Set<AnyCell>();
  readonly #pending = new Map<AnyCell, PendingRestart>();
  /** For children that failed: how often in a row, and when the newest incarnation began. */
  readonly #rows = new Map<AnyCell, { failures: number; beganAtMs: number }>();
  /** When children failed, as far as it counts against the budget. */
  #failuresAtMs: number[] = [];

  constructor(parent: AnyCell) {
    this.#parent = parent;
  }

  add(child: AnyCell): void {
    this.#children.add(child);
  }

  /** The child has stopped for good. */
  forget(child: AnyCell): void {
    this.#children.delete(child);
    this.#rows.delete(child);
    const pending = this.#pending.get(child);
    if (pending === undefined) return;
    this.#pending.delete(child);
    pending.cells.delete(child);
    if (pending.cells.size === 0) pending.cancel();
  }

  /** Stops all, the youngest first. */
  terminate(): void {
    for (const child of [...this.#children].reverse()) child.terminate();
  }

  /** Decides what follows from the failure of `child`, which is suspended by now. */
  failed(child: AnyCell, error: unknown): void {
    if (child.restart === 'temporary') {
      child.terminate();
      return;
    }
    const { host } = this.#parent.system;
    const nowMs = host.monotonic();
    const supervision = this.#parent.actor.supervision ?? defaultSupervision;
    const { restarts } = supervision.budget;
    this.#failuresAtMs = withinBudget([...this.#failuresAtMs, nowMs], supervision, nowMs);
    if (this.#failuresAtMs.length > restarts) {
      const escalated = new EscalatedFailure(this.#parent.path, child.path, restarts, error);
      this.#parent.conclude({ kind: 'failed', error: escalated });
      return;
    }
    const failures = this.#countInARow(child, nowMs, supervision);
    const group = this.#suspendGroup(child, supervision);
    this.#restartLater(group, backoffDelay(supervision, failures, host.random()));
  }

  #countInARow(child: AnyCell, nowMs: number, supervision: Supervision): number {
    const row = this.#rows.get(child);
    const isNewRow = row === undefined || nowMs - row.beganAtMs >= supervision.budget.withinMs;
    const failures = isNewRow ? 1 : row.failures + 1;
    this.#rows.set(child, { failures, beganAtMs: nowMs });
    return failures;
  }

  #suspendGroup(child: AnyCell, supervision: Supervision): Set<AnyCell> {
    const group = restartGroup([...this.#children], child, supervision.strategy);
    for (const cell of [...group].reverse()) {
      // The group of an earlier failure lies wholly within this one, or wholly outside it.
      this.#pending.get(cell)?.cancel();
      this.#pending.delete(cell);
      if (cell.restart === 'temporary') cell.terminate();
      else cell.suspend();
    }
    return new Set(group.filter((cell) => !cell.stopped));
  }

  #restartLater(cells: Set<AnyCell>, delayMs: number): void {
    const { system } = this.#parent;
    const cancel = system.host.timer(delayMs, () => system.enter(() => this.#restart(cells)));
    for (const cell of cells) this.#pending.set(cell, { cells, cancel });
  }

  #restart(cells: Set<AnyCell>): void {
    for (const cell of cells) this.#pending.delete(cell);
    for (const cell of cells) {
      const row = this.#rows.get(cell);
      if (row) row.beganAtMs = this.#parent.system.host.monotonic();
      cell.resume();
      // It failed again, and has taken those after it into a new group.
      if (cell.suspended) return;
    }
  }
}

/** A child failed more often than its parent's budget allows. */
export class EscalatedFailure extends Error {
  constructor(parent: string, child: string, restarts: number, cause: unknown) {
    super(`${child} failed more than ${restarts} times; ${parent} gives up`, { cause });
    this.name = 'EscalatedFailure';
  }
}
