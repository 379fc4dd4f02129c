/**
 * One MQTT 3.1.1 connection attempt and the connection it becomes. There is no reconnecting here: when to dial again
 * is the link actor's decision, which a simulation must see.
 */
export interface MqttDialer {
  dial(options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection;
}

export interface DialOptions {
  readonly clientId: string;
  readonly keepaliveSeconds: number;
  readonly will:
    | { readonly topic: string; readonly payload: Uint8Array; readonly retain: boolean }
    | undefined;
  /** Subscribed before `connected` is told, all with QoS 1. */
  readonly filters: readonly string[];
}

export type LinkEvent =
  /** The broker accepted the connection and every subscription. */
  | { readonly type: 'connected' }
  | {
      readonly type: 'message';
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly retained: boolean;
      /** Call when handled: until then the next message is not delivered, which is the flow control. */
      readonly done: () => void;
    }
  /** Comes once and last: never connected, refused, or lost. */
  | {
      readonly type: 'closed';
      readonly reason: string;
      /** The broker does not let us in as who we are: dialling again will not help. */
      readonly refused?: boolean;
    };

export interface MqttConnection {
  /**
   * `settled` gets `undefined` when the broker has acknowledged (QoS 1) or the bytes were handed over (QoS 0), an error
   * when the connection ended before.
   */
  publish(message: OutgoingMessage, settled?: (error: Error | undefined) => void): void;
  /**
   * Listens to more, with QoS 1, while the connection lasts. `settled` gets an error when the broker refuses, or the
   * connection ended before.
   */
  subscribe(filters: readonly string[], settled?: (error: Error | undefined) => void): void;
  unsubscribe(filters: readonly string[]): void;
  /** Ends with DISCONNECT, so that no will is sent; `closed` follows. */
  close(): void;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}
