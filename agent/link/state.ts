import type { KeyObject } from 'node:crypto';
import type { ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { MqttConnection, MqttDialer, OutgoingMessage } from '@bramble/adapters/mqtt/port.ts';
import type { SignatureCheck } from '@bramble/protocol/envelope.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { Fence } from '@bramble/protocol/messages/orders.ts';
import type { ControllerSession } from '@bramble/protocol/messages/session.ts';
import type { Board, Inventory } from '../board/port.ts';
import type { NetworkMessage } from '../network/messages.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import type { StreamsMessage } from '../streams/messages.ts';
import { SendQueue } from '../streams/send-queue.ts';
import type { KeeperMessage } from '../trust/keeper.ts';
import type { BirthConfig } from './birth.ts';
import type { LinkMessage } from './messages.ts';
import { Outbox } from './outbox.ts';

export type LinkContext = ActorContext<LinkMessage>;

export type LinkConfig = BirthConfig;

export interface LinkPorts {
  readonly dialer: MqttDialer;
  readonly board: Pick<Board, 'sample' | 'addresses'>;
  readonly inventory: Inventory;
  /** What the controller signs its orders with. */
  readonly clusterKey: KeyObject | SignatureCheck;
  readonly boot: number;
  readonly pods: ActorRef<PodsMessage>;
  readonly streams: ActorRef<StreamsMessage>;
  /** Hears what the boards of its network group share. */
  readonly network?: ActorRef<NetworkMessage> | undefined;
  /** Hears when the broker does not let the board in. */
  readonly keeper?: ActorRef<KeeperMessage> | undefined;
}

export interface LinkState {
  connection: MqttConnection | undefined;
  /** Grows with each dialling. */
  attempt: number;
  up: boolean;
  /** Diallings in a row without a connection that lasted. */
  failures: number;
  /** Listened to beside the board's own topics. */
  listening: readonly string[];
  /** A birth was published on this connection: reports may follow. */
  born: boolean;
  /** The controller's session as last heard on this connection. */
  session: ControllerSession | undefined;
  /** The birth is about to be said again, and how often that was so of late. Outlives the connection. */
  restating: boolean;
  restated: { readonly row: number; readonly atMs: number } | undefined;
  bound: Fence | undefined;
  /** A manifest was applied since the controller was heard of, on this connection. */
  answered: boolean;
  /** A manifest is about to be shown. */
  showing: boolean;
  /** The newest epoch of each store among the orders whose signature was right. */
  readonly epochs: Map<string, number>;
  readonly outbox: Outbox;
  /** What streams have to say, behind everything else. */
  readonly frames: SendQueue;
  /** Messages that were refused, by reason. */
  readonly refused: Map<string, number>;
}

/** Pods and tombstones that may wait for an acknowledgement at once. */
const outboxCapacity = 4_000;

export function newLinkState(): LinkState {
  return {
    connection: undefined,
    attempt: 0,
    up: false,
    failures: 0,
    listening: [],
    born: false,
    session: undefined,
    restating: false,
    restated: undefined,
    bound: undefined,
    answered: false,
    showing: false,
    epochs: new Map(),
    outbox: new Outbox(outboxCapacity),
    frames: new SendQueue(limits.streamWindowBytes),
    refused: new Map(),
  };
}

/** What is said while the link is down is lost: facts are said anew when it is up. */
export function publish(state: LinkState, message: OutgoingMessage): void {
  if (state.up) state.connection?.publish(message);
}

/** Counts what is refused, and logs the 1st, 2nd, 4th, 8th, … of a kind: a flood must not fill the card. */
export function refuse(state: LinkState, code: string, message: string, ctx: LinkContext): void {
  const count = (state.refused.get(code) ?? 0) + 1;
  state.refused.set(code, count);
  if ((count & (count - 1)) === 0) ctx.log('warn', 'a message is refused', { code, message, count });
}
