import type { Socket } from 'node:net';
import { type DialerBounds, defaultBounds } from '../bounds.ts';
import { describe } from '../describe.ts';
import type { MqttConnection, MqttDialer } from '../port.ts';
import { type BrokerAddress, openSocket } from '../socket.ts';
import { Connection } from './connection.ts';

/**
 * Dials with a client of our own, for boards: mqtt.js would be a fifth of all source that an agent loads, and takes half a MB more of its heap. A message that would exceed the bounds is
 * not sent; its `settled` gets an error at once. `message` may precede `connected`.
 */
export function createLeanDialer(broker: BrokerAddress, bounds: Partial<DialerBounds> = {}): MqttDialer {
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
