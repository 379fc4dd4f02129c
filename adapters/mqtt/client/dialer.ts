import { type DialerBounds, defaultBounds } from '../bounds.ts';
import type { MqttDialer } from '../port.ts';
import { type BrokerAddress, openSocket } from '../socket.ts';
import { Connection } from './connection.ts';

/**
 * Dials with a client of our own, for boards: mqtt.js takes 2 MB more of each. A message that would exceed the bounds is
 * not sent; its `settled` gets an error at once. `message` may precede `connected`.
 */
export function createLeanDialer(broker: BrokerAddress, bounds: Partial<DialerBounds> = {}): MqttDialer {
  const { username, password } = broker;
  return {
    dial: (options, onEvent) =>
      new Connection((onError) => openSocket(broker, onError), { ...options, username, password }, onEvent, {
        ...defaultBounds,
        ...bounds,
      }),
  };
}
