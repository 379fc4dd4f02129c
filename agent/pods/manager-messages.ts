import type { ActorRef } from '@bramble/actors/index.ts';
import type { Acks, Fence, Manifest, ObjectOrder, PodReport } from '@bramble/protocol/messages/orders.ts';
import type { ContainerView, RuntimeEvent } from '../runtime/port.ts';
import type { Ledger } from './ledger.ts';
import type { FoundContainer, PodNews } from './worker-state.ts';

/** What the pods tell of themselves to whoever carries it to the controller. */
export type PodsNews =
  /** The journaled pods have been started (or cannot be): the board may show itself. */
  | { readonly type: 'ready' }
  /** The manifest that the board has applied last. */
  | { readonly type: 'bound'; readonly fence: Fence }
  | { readonly type: 'pod-report'; readonly report: PodReport }
  /** Nobody is left who would acknowledge what was reported of the pod. */
  | { readonly type: 'pod-forgotten'; readonly uid: string }
  /** The manifest names what has not arrived: a birth would say so. */
  | { readonly type: 'objects-missing' };

export interface BoardHoldings {
  readonly held: Readonly<Record<string, string>>;
  readonly bound: Fence;
}

/** Orders have been checked for signature and form. `done` is called once the order is on disk, or refused. */
export type PodsMessage =
  | { readonly type: 'manifest'; readonly manifest: Manifest; readonly done: () => void }
  | {
      readonly type: 'object';
      readonly key: string;
      readonly order: ObjectOrder;
      readonly bytes: number;
      readonly done: () => void;
    }
  | { readonly type: 'acks'; readonly acks: Acks }
  | { readonly type: 'attach-link'; readonly link: ActorRef<PodsNews> }
  | { readonly type: 'holdings'; readonly replyTo: ActorRef<BoardHoldings> }
  | {
      readonly type: 'find-container';
      readonly uid: string;
      readonly container: string;
      readonly replyTo: ActorRef<FoundContainer | undefined>;
    }
  | { readonly type: 'find-running'; readonly replyTo: ActorRef<readonly ContainerView[]> }
  | PodNews
  | { readonly type: 'listed'; readonly containers: readonly ContainerView[] }
  | { readonly type: 'list-failed'; readonly error: unknown }
  | { readonly type: 'list' }
  | { readonly type: 'find-addresses' }
  | { readonly type: 'addresses-found'; readonly addresses: ReadonlyMap<string, readonly string[]> }
  | { readonly type: 'addresses-hidden'; readonly error: unknown }
  | { readonly type: 'runtime-event'; readonly event: RuntimeEvent }
  | { readonly type: 'events-lost'; readonly reason: string }
  | { readonly type: 'open-events' }
  | { readonly type: 'written'; readonly ledger: Ledger; readonly done: readonly (() => void)[] }
  | { readonly type: 'write-failed'; readonly error: unknown; readonly done: readonly (() => void)[] }
  | { readonly type: 'flush' }
  | { readonly type: 'prepare-network' }
  | { readonly type: 'network-prepared'; readonly podCIDRs: readonly string[] }
  | { readonly type: 'network-failed'; readonly error: unknown }
  | { readonly type: 'tell-notes' }
  | { readonly type: 'still-missing' }
  /** A pod of another store has come to the end that its own store ordered. */
  | { readonly type: 'ended-unclaimed'; readonly uid: string }
  | { readonly type: 'tidied'; readonly removed: number }
  | { readonly type: 'tidy-failed'; readonly error: unknown };
