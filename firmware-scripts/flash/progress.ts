import { sizeText } from './disk.ts';

export interface Progress {
  readonly doneBytes: number;
  /** Unknown where the image's packing does not say. */
  readonly totalBytes: number | undefined;
  readonly elapsedMs: number;
}

/** `312 MB of 2.9 GB (10 %), 38 MB/s, 1 min 8 s left` */
export function progressText({ doneBytes, totalBytes, elapsedMs }: Progress): string {
  const bytesPerSecond = elapsedMs > 0 ? (doneBytes * 1000) / elapsedMs : 0;
  const parts = [
    totalBytes === undefined
      ? sizeText(doneBytes)
      : `${sizeText(doneBytes)} of ${sizeText(totalBytes)} (${Math.floor((doneBytes * 100) / totalBytes)} %)`,
    `${sizeText(Math.round(bytesPerSecond))}/s`,
  ];
  if (totalBytes !== undefined && bytesPerSecond > 0 && doneBytes < totalBytes)
    parts.push(`${durationText((totalBytes - doneBytes) / bytesPerSecond)} left`);
  return parts.join(', ');
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
