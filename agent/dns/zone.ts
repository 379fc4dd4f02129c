import type { NetworkService } from '@bramble/protocol/messages/network.ts';

/** What names of the cluster stand for. */
export interface Zone {
  /** Such as `cluster.local`. */
  readonly domain: string;
  /** By `{namespace}/{name}`. */
  readonly services: ReadonlyMap<string, NetworkService>;
  readonly serviceCIDR: string;
}

/** Before a board was told anything, it knows this much of what it does not know. */
export const defaultDomain = 'cluster.local';
