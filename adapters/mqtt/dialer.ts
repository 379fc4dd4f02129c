import type { Socket } from 'node:net';
import { type DialerBounds, defaultBounds } from './bounds.ts';
import { Connection } from './connection.ts';
import { describe } from './describe.ts';
import type { MqttConnection, MqttDialer } from './port.ts';
import { type BrokerAddress, openSocket } from './socket.ts';

/**
 * Dials one connection: MQTT 3.1.1, a clean session, QoS 1 at most. A message that would exceed the bounds is not sent; its
 * `settled` gets an error at once. Some brokers (Mosquitto) send retained messages before they confirm a subscription, so
 * `message` may precede `connected`.
 */
export function createMqttDialer(broker: BrokerAddress, bounds: Partial<DialerBounds> = {}): MqttDialer {
  const { username, password } = broker;
  return {
    dial(options, onEvent) {
      try {
        const connect = { ...options, username, password };
        const open = (onError: (error: Error) => void): Socket => openSocket(broker, onError);
        return new Connection(open, connect, onEvent, { ...defaultBounds, ...bounds });
      } catch (error) {
        // A key that is not the certificate's, for one: no connection either, and told as such.
        const reason = describe(error as Error);
        queueMicrotask(() => onEvent({ type: 'closed', reason }));
        return neverConnected;
      }
    },
  };
}

const neverConnected: MqttConnection = {
  publish: (_message, settled) => queueMicrotask(() => settled?.(new Error('not connected'))),
  subscribe: (_filters, settled) => queueMicrotask(() => settled?.(new Error('not connected'))),
  unsubscribe: () => {},
  close: () => {},
};
