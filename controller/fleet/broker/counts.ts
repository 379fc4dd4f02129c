/** What the broker has and has seen since its worker started. */
export interface BrokerCounts {
  /** TLS is done. */
  connections: number;
  /** Arrived, and not yet let in by their CONNECT. */
  unauthenticated: number;
  subscriptions: number;
  retainedMessages: number;
  retainedBytes: number;
  /** Bytes that wait for slow clients. */
  bufferedBytes: number;
  published: number;
  delivered: number;
  /** Publishes to a topic that is not the sender's: acknowledged where they asked for it, then dropped. */
  deniedPublishes: number;
  deniedSubscriptions: number;
  /** Wrong certificate, name, token, version, or a client id that is somebody else's. */
  refusedConnections: number;
  /** Not taken at all, since there were too many. */
  shedConnections: number;
  failedHandshakes: number;
  /** Disconnected for a packet that was too large, or whose length made no sense. */
  oversized: number;
  /** Disconnected for bytes that are no MQTT, or a packet that must not come there. */
  malformed: number;
  /** Disconnected since their CONNECT did not come in time. */
  mute: number;
  /** Disconnected with too many bytes waiting. */
  overflowed: number;
  /** Disconnected since nothing moved any more. */
  stalled: number;
  /** Times that a client was read more slowly since it sent too much. */
  throttled: number;
  /** Retained messages that were delivered but not kept, since there were too many. */
  unretained: number;
  heapUsedBytes: number;
}

export function noCounts(): BrokerCounts {
  return {
    connections: 0,
    unauthenticated: 0,
    subscriptions: 0,
    retainedMessages: 0,
    retainedBytes: 0,
    bufferedBytes: 0,
    published: 0,
    delivered: 0,
    deniedPublishes: 0,
    deniedSubscriptions: 0,
    refusedConnections: 0,
    shedConnections: 0,
    failedHandshakes: 0,
    oversized: 0,
    malformed: 0,
    mute: 0,
    overflowed: 0,
    stalled: 0,
    throttled: 0,
    unretained: 0,
    heapUsedBytes: 0,
  };
}
