import type { Host, LogEntry } from '@bramble/actors/index.ts';

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

/** The real clock, timers and randomness. Pending timers keep the process alive, as a pending decision should. */
export function createHost(log: (entry: LogEntry) => void): Host {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    defer: (turn) => void setImmediate(turn),
    timer: startTimer,
    nextTurn: () => 0,
    log,
  };
}

function startTimer(delayMs: number, fire: () => void): () => void {
  let handle: NodeJS.Timeout;
  const wait = (remainingMs: number): void => {
    const slice = Math.min(remainingMs, longestDelayMs);
    handle = setTimeout(() => (remainingMs > slice ? wait(remainingMs - slice) : fire()), slice);
  };
  wait(Math.max(0, delayMs));
  return () => clearTimeout(handle);
}
