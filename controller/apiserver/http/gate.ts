import { limits } from '@bramble/protocol/limits.ts';
import { bounds } from '../bounds.ts';
import { tooManyRequests } from '../status.ts';
import { SharedBudget } from './budget.ts';
import { noHttpCounts } from './counts.ts';
import { DueWrites } from './due-writes.ts';
import { OpenStreams } from './open-streams.ts';
import { PromptWrites } from './prompt-writes.ts';
import { SharedLines } from './shared-lines.ts';

/** Counts what is under way, so that a flood is answered 429 rather than taken in (guarantee G8). */
export class Gate {
  readonly #what: string;
  readonly #most: number;
  #open = 0;

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  get open(): number {
    return this.#open;
  }

  /** The function returned is called once it is over; calling it again does nothing. */
  enter(): () => void {
    if (this.#open >= this.#most) throw tooManyRequests(`too many ${this.#what}: try again later`, 1);
    this.#open += 1;
    let left = false;
    return () => {
      if (!left) this.#open -= 1;
      left = true;
    };
  }
}

/** The same for each of many, by name. */
export class NamedGates {
  readonly #what: string;
  readonly #most: number;
  readonly #gates = new Map<string, Gate>();

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  enter(name: string): () => void {
    const gate = this.#gates.get(name) ?? new Gate(this.#what, this.#most);
    const leave = gate.enter();
    this.#gates.set(name, gate);
    return () => {
      leave();
      if (gate.open === 0) this.#gates.delete(name);
    };
  }
}

export function createGates() {
  return {
    requests: new Gate('requests under way', bounds.requests),
    userRequests: new NamedGates('requests under way for one user', bounds.requestsPerUser),
    strangers: new Gate('requests under way of nobody known', bounds.requestsOfStrangers),
    bodies: new SharedBudget('bodies under way', bounds.bodyBytes, bounds.bodyBytesPerUser),
    answers: new SharedBudget('answers under way', bounds.answerBytes, bounds.answerBytesPerUser),
    streams: new Gate('watches and streams open', bounds.streams),
    userWatches: new NamedGates('watches open for one user', bounds.watchesPerUser),
    userStreams: new NamedGates('streams open for one user', limits.streamsPerUser),
    open: new OpenStreams(),
    prompt: new PromptWrites(),
    due: new DueWrites(),
    lines: new SharedLines(),
    counts: noHttpCounts(),
  };
}

export type Gates = ReturnType<typeof createGates>;
