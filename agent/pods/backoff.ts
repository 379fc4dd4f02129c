/** Kubernetes' back-off for restarts and image pulls: 10 s, doubled each time, up to 300 s. */
const firstMs = 10_000;
const maxMs = 300_000;
/** A container that ran this long starts a new row of failures. */
const forgivenAfterMs = 600_000;

/** Before the try that follows `failures` failures in a row (1 or more). */
export function retryDelayMs(failures: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
}

/** How many failures in a row count when a container that was made after `failures` of them has ended. */
export function failuresThatCount(failures: number, ranMs: number): number {
  return ranMs >= forgivenAfterMs ? 0 : failures;
}

/** From a container's end to its next start. The first restart is immediate, as the kubelet's is. */
export function restartDelayMs(failures: number): number {
  return failures === 0 ? 0 : retryDelayMs(failures);
}

/** Go's notation for whole seconds, which Kubernetes' messages use: `10s`, `1m20s`, `5m0s`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
