import { type Progress, progressText } from '@bramble/firmware-scripts/flash/progress.ts';
import type { Tell } from '@bramble/firmware-scripts/flash/write-image.ts';

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const redrawMs = 200;

/** On a terminal one line that changes; elsewhere a line for each tenth, for logs. */
export function progressLine(output: ProgressOutput): Tell {
  let last = { what: '', tenth: -1, atMs: 0 };
  return (what, progress) => {
    const isNew = what !== last.what;
    const tenth = tenthOf(progress);
    const isEnd = progress.doneBytes === progress.totalBytes;
    const nowMs = performance.now();
    const text = `${what}: ${progressText(progress)}`;
    if (output.isTTY) {
      if (!isNew && !isEnd && nowMs - last.atMs < redrawMs) return;
      output.write(`\r\x1b[K${text}${isEnd ? '\n' : ''}`);
    } else {
      if (!isNew && tenth === last.tenth) return;
      output.write(`${text}\n`);
    }
    last = { what, tenth, atMs: nowMs };
  };
}

/** Of unknown totals: one for each 256 MiB. */
function tenthOf({ doneBytes, totalBytes }: Progress): number {
  return totalBytes === undefined
    ? Math.floor(doneBytes / 268_435_456)
    : Math.floor((doneBytes * 10) / totalBytes);
}
