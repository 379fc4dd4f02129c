import type { PodReport } from '@bramble/protocol/messages/orders.ts';

interface Entry {
  readonly report: PodReport;
  /** Monotonic milliseconds; `undefined`: not on this connection yet. */
  sentAtMs: number | undefined;
}

/** The newest report of each pod until the controller has it on disk. Bounded: a pod more is refused. */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** `false` when there is no room for one more pod. */
  put(report: PodReport): boolean {
    const before = this.#entries.get(report.uid)?.report;
    if (before && before.sequence > report.sequence) return true;
    if (!before && this.#entries.size >= this.#capacity) return false;
    this.#entries.set(report.uid, { report, sentAtMs: undefined });
    return true;
  }

  acknowledge(uid: string, sequence: number): void {
    const entry = this.#entries.get(uid);
    if (entry && entry.report.sequence <= sequence) this.#entries.delete(uid);
  }

  /** Nobody will ever acknowledge it. */
  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  /** Nobody who listens now has heard these. */
  forgetSent(which: (report: PodReport) => boolean = () => true): void {
    for (const entry of this.#entries.values()) if (which(entry.report)) entry.sentAtMs = undefined;
  }

  /** Reports that were not sent, or not acknowledged for as long as `repeatMs` says; they count as sent now. */
  takeDue(nowMs: number, repeatMs: (report: PodReport) => number): PodReport[] {
    const due: PodReport[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.sentAtMs !== undefined && nowMs - entry.sentAtMs < repeatMs(entry.report)) continue;
      entry.sentAtMs = nowMs;
      due.push(entry.report);
    }
    return due;
  }
}
