import { limits } from '@bramble/protocol/limits.ts';
import type { Rate } from './token-bucket.ts';

/** What the embedded broker bears. Bytes, milliseconds and counts as the names say. */
export interface BrokerLimits {
  /** Each takes 80 KB of memory, most of it for TLS. */
  readonly connections: number;
  /** Connections of one board, one user, or the controller. */
  readonly connectionsPerIdentity: number;
  /** Connections that have not yet proved who they are; more than these are closed at once. */
  readonly unauthenticated: number;
  /** TLS handshakes under way; the others wait their turn. */
  readonly handshakes: number;
  readonly handshakeTimeoutMs: number;
  /** A client that has waited longer for its handshake to begin is sent away; agents give up after 20 seconds in all. */
  readonly turnTimeoutMs: number;
  /** From the end of the handshake to CONNECT. */
  readonly connectTimeoutMs: number;
  /** Largest packet before CONNECT was accepted: the CONNECT itself, with its will. */
  readonly connectBytes: number;
  /** Largest packet afterwards. */
  readonly packetBytes: number;
  /** Bytes that may wait for a client that reads slowly; one more message and it is disconnected. */
  readonly bufferedBytes: number;
  readonly controllerBufferedBytes: number;
  /** Bytes that may wait for all clients together; beyond, those with more than their share are disconnected. */
  readonly totalBufferedBytes: number;
  /** A client for which bytes wait, and which neither takes nor sends any for so long, is disconnected. */
  readonly stallMs: number;
  /** Packets and bytes that a board or a user may send; beyond, the broker reads slower. */
  readonly packets: Rate;
  readonly bytes: Rate;
  readonly subscriptionsPerClient: number;
  readonly retainedMessages: number;
  readonly retainedBytes: number;
  /** Half-done QoS 2 handshakes of one client. */
  readonly inboundQos2: number;
}

const mebibyte = 1_048_576;

export const brokerLimits: BrokerLimits = {
  connections: 16_384,
  connectionsPerIdentity: 64,
  unauthenticated: 2_000,
  handshakes: 16,
  handshakeTimeoutMs: 10_000,
  turnTimeoutMs: 6_000,
  connectTimeoutMs: 10_000,
  connectBytes: 65_536,
  /** An object, half as much again for the signature, sealing and base64, and the topic. */
  packetBytes: limits.objectBytes + limits.objectBytes / 2 + 4_096,
  bufferedBytes: 16 * mebibyte,
  controllerBufferedBytes: 64 * mebibyte,
  totalBufferedBytes: 256 * mebibyte,
  /** Twice the keepalive: a slow link may take a minute for one large object, and pings meanwhile. */
  stallMs: 2 * limits.mqttKeepaliveSeconds * 1_000,
  packets: { perSecond: 500, burst: 5_000 },
  bytes: { perSecond: 8 * mebibyte, burst: 16 * mebibyte },
  subscriptionsPerClient: 100,
  retainedMessages: 100_000,
  retainedBytes: 256 * mebibyte,
  inboundQos2: 20,
};
