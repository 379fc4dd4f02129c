/** How likely each fault of the network and the broker is; 0 to 1 for shares, milliseconds for times. */
export interface NetworkFaults {
  /** A QoS 0 message that never arrives. */
  readonly lossShare: number;
  /** A QoS 1 message that arrives twice, at the broker or at who listens. */
  readonly duplicateShare: number;
  readonly delayMs: { readonly least: number; readonly most: number };
  /** MQTT keeps the order of one topic's messages; messages on different topics may overtake one another. */
  readonly reorders: boolean;
  /** A will that is published late, after the client may have come back. */
  readonly lateWillShare: number;
  readonly lateWillMs: number;
}

export const noFaults: NetworkFaults = {
  lossShare: 0,
  duplicateShare: 0,
  delayMs: { least: 1, most: 1 },
  reorders: false,
  lateWillShare: 0,
  lateWillMs: 0,
};
