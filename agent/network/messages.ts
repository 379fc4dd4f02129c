import type { ActorRef } from '@bramble/actors/index.ts';
import type {
  NetworkBoards,
  NetworkIndex,
  NetworkMembership,
  NetworkService,
} from '@bramble/protocol/messages/network.ts';
import type { Applied } from './apply.ts';
import type { Observation } from './cluster-state.ts';

/** What the boards of a network group share, checked for signature and form. */
export type NetworkFact =
  | { readonly type: 'network-membership'; readonly value: NetworkMembership }
  | { readonly type: 'network-index'; readonly value: NetworkIndex }
  | { readonly type: 'network-boards'; readonly value: NetworkBoards }
  | { readonly type: 'network-service'; readonly value: NetworkService };

export type NetworkMessage =
  | { readonly type: 'fact'; readonly topic: string; readonly fact: NetworkFact }
  | { readonly type: 'attach-link'; readonly link: ActorRef<NetworkNews> }
  /** The pods' bridge has been made. */
  | { readonly type: 'prepared' }
  | { readonly type: 'apply' }
  | { readonly type: 'applied'; readonly applied: Applied }
  | { readonly type: 'apply-failed'; readonly error: unknown }
  | { readonly type: 'look' }
  | { readonly type: 'looked'; readonly seen: Observation }
  | { readonly type: 'look-failed'; readonly error: unknown }
  | { readonly type: 'save' }
  | { readonly type: 'saved' }
  | { readonly type: 'save-failed'; readonly error: unknown }
  | { readonly type: 'dns-listens'; readonly address: string; readonly port: number }
  | { readonly type: 'dns-failed'; readonly error: unknown }
  | { readonly type: 'dns-retry' };

/** What the link hears of the network. */
export type NetworkNews =
  /** What else the board listens to on this and every later connection: the facts of its network group. */
  | { readonly type: 'listen'; readonly filters: readonly string[] }
  /** The board is reached at other addresses than it said in its birth. */
  | { readonly type: 'addresses-changed' };
