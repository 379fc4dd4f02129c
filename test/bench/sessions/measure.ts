import { setTimeout as pause } from 'node:timers/promises';
import type { Boards } from './boards.ts';
import type { BoardsState } from './boards-messages.ts';
import { sharesBetween, type Usage } from './usage.ts';

/** What the boards connect to: the controller, or another broker. */
export interface Subject {
  readonly usage: Usage;
}

export interface Arrival {
  readonly seconds: number;
  /** All that was used from the first moment on: by the subject, and by those who play the boards. */
  readonly subjectCpuSeconds: number;
  readonly boardsCpuSeconds: number;
  readonly peakMebibytes: number;
  readonly bytesABoard: number;
  readonly dialsABoard: number;
  readonly complete: boolean;
}

const lookEveryMs = 250;

/**
 * Waits until all boards are there.
 *
 * @param before of the boards, when the clock started
 * @param isNew the subject was started at that moment, so that all that it used counts
 */
export async function arrival(
  boards: Boards,
  before: BoardsState,
  subject: () => Subject,
  count: number,
  arrived: (state: BoardsState) => number,
  { startedMs, withinMs, isNew }: { startedMs: number; withinMs: number; isNew: boolean },
): Promise<Arrival> {
  const used = isNew ? 0 : subject().usage.cpu;
  let state = await boards.state();
  let said = 0;
  while (arrived(state) < count && performance.now() - startedMs < withinMs) {
    await pause(lookEveryMs);
    state = await boards.state();
    said += 1;
    if (said % 20 === 0) console.error(`  ${arrived(state)} of ${count} are there`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const { cpu, peakMebibytes } = subject().usage;
  const bytes = state.receivedBytes + state.sentBytes - before.receivedBytes - before.sentBytes;
  return {
    ...{ seconds, subjectCpuSeconds: cpu - used, peakMebibytes, complete: arrived(state) >= count },
    boardsCpuSeconds: state.cpuSeconds - before.cpuSeconds,
    bytesABoard: bytes / count,
    dialsABoard: (state.dialled - before.dialled) / count,
  };
}

export interface Steady {
  readonly shares: ReturnType<typeof sharesBetween>;
  readonly boardsShare: number;
  readonly residentMebibytes: number;
  readonly anonymousMebibytes: number;
  readonly bytesABoardAMinute: number;
  readonly connected: number;
}

/** What it takes to have them all, when nothing happens. */
export async function steady(
  boards: Boards,
  subject: Subject,
  count: number,
  forMs: number,
): Promise<Steady> {
  const [before, usedBefore] = [await boards.state(), subject.usage];
  await pause(forMs);
  const [after, usedAfter] = [await boards.state(), subject.usage];
  const seconds = (usedAfter.atMs - usedBefore.atMs) / 1_000;
  const bytes = after.receivedBytes + after.sentBytes - before.receivedBytes - before.sentBytes;
  return {
    shares: sharesBetween(usedBefore, usedAfter),
    boardsShare: (after.cpuSeconds - before.cpuSeconds) / seconds,
    residentMebibytes: usedAfter.residentMebibytes,
    anonymousMebibytes: usedAfter.anonymousMebibytes,
    bytesABoardAMinute: (bytes / count / seconds) * 60,
    connected: after.connected,
  };
}
