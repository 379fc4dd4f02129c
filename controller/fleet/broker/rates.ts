import type { BrokerLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** How much one identity, or one connection of nobody known, may still send. */
export interface Rates {
  readonly packets: TokenBucket;
  readonly bytes: TokenBucket;
}

export function newRates(limits: Pick<BrokerLimits, 'packets' | 'bytes'>, nowMs: number): Rates {
  return {
    packets: new TokenBucket(limits.packets, nowMs),
    bytes: new TokenBucket(limits.bytes, nowMs),
  };
}
