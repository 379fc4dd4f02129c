export interface DialerBounds {
  /** From the first byte to the last granted subscription. */
  readonly connectTimeoutMs: number;
  /** QoS 1 messages without PUBACK; 60,000 at most, since there are no more than 65,535 packet ids. */
  readonly unsettledMessages: number;
  /** Bytes without PUBACK, and bytes that wait for the socket. */
  readonly unsettledBytes: number;
}

export const defaultBounds: DialerBounds = {
  connectTimeoutMs: 20_000,
  unsettledMessages: 10_000,
  unsettledBytes: 64 * 1_048_576,
};

/** How long a DISCONNECT may take to leave before the socket is cut. */
export const goodbyeMs = 2_000;
