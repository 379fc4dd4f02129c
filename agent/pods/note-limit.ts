/** Kubernetes' bounds (client-go's EventSourceObjectSpamFilter), for each reason by itself so that one drowns no other. */
const burst = 25;
const refillMs = 300_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** By reason, of one pod. */
export type NoteBuckets = ReadonlyMap<string, Bucket>;

/** Takes a token for one more note; `undefined`: there is none, and the note is not told. A probe that fails for weeks beats (G9). */
export function takeToken(buckets: NoteBuckets, reason: string, nowMs: number): NoteBuckets | undefined {
  const { tokens, atMs } = buckets.get(reason) ?? { tokens: burst, atMs: nowMs };
  const now = Math.min(burst, tokens + (nowMs - atMs) / refillMs);
  if (now < 1) return undefined;
  return new Map(buckets).set(reason, { tokens: now - 1, atMs: nowMs });
}
