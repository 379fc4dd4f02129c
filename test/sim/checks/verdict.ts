import type { Trace } from '../trace.ts';

/** The guarantees of ARCHITECTURE §7. */
export type Guarantee = 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7' | 'G8' | 'G9';

export interface Violation {
  readonly guarantee: Guarantee;
  readonly message: string;
  readonly atMs: number;
}

/** What was found wrong in one run, in order; bounded, since one fault tends to show many times. */
export class Verdict {
  readonly violations: Violation[] = [];
  readonly #trace: Trace;
  readonly #nowMs: () => number;

  constructor(trace: Trace, nowMs: () => number) {
    this.#trace = trace;
    this.#nowMs = nowMs;
  }

  get failed(): boolean {
    return this.violations.length > 0;
  }

  broken(guarantee: Guarantee, message: string): void {
    this.#trace.note(`VIOLATION ${guarantee}: ${message}`);
    if (this.violations.length < 20)
      this.violations.push({ guarantee, message, atMs: Math.round(this.#nowMs()) });
  }
}
