import { topics } from '@bramble/protocol/topics.ts';
import { boardOfClient } from './boundaries.ts';
import type { Verdict } from './verdict.ts';

const windowMs = 60_000;
/** Far more than a board has reason for, and far less than two of them can say that contradict each other. */
const mostBirths = 40;

/** G8: however often a board is contradicted, what it says of itself stays bounded. */
export class BirthCheck {
  readonly #saidMs = new Map<string, number[]>();
  readonly #verdict: Verdict;
  readonly #nowMs: () => number;

  constructor(verdict: Verdict, nowMs: () => number) {
    this.#verdict = verdict;
    this.#nowMs = nowMs;
  }

  said(client: string, topic: string): void {
    const board = boardOfClient(client);
    if (board !== client || topic !== topics.nodeSession(board)) return;
    const nowMs = this.#nowMs();
    const recent = (this.#saidMs.get(board) ?? []).filter((atMs) => nowMs - atMs < windowMs);
    recent.push(nowMs);
    this.#saidMs.set(board, recent);
    if (recent.length > mostBirths)
      this.#verdict.broken('G8', `${board} spoke of itself ${recent.length} times within a minute`);
  }
}
