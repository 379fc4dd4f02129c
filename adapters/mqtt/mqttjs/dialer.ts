import type { Socket } from 'node:net';
import type { IClientOptions, MqttClient } from 'mqtt';
import clientModule from 'mqtt/lib/client';
import { type DialerBounds, defaultBounds } from '../bounds.ts';
import type { DialOptions, LinkEvent, MqttConnection, MqttDialer } from '../port.ts';
import { type BrokerAddress, openSocket } from '../socket.ts';
import { Connection } from './connection.ts';

/**
 * Dials with mqtt.js. A message that would exceed the bounds is not sent; its `settled` gets an error at once.
 * Some brokers (Mosquitto) send retained messages before they confirm a subscription, so `message` may precede
 * `connected`.
 */
export function createMqttDialer(broker: BrokerAddress, bounds: Partial<DialerBounds> = {}): MqttDialer {
  return {
    dial(options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
      const socket = (client: MqttClient): Socket =>
        openSocket(broker, (error) => client.emit('error', error));
      const client = new clientModule.default(socket, clientOptions(broker, options));
      return new Connection(client, options.filters, onEvent, { ...defaultBounds, ...bounds });
    },
  };
}

function clientOptions(broker: BrokerAddress, dial: DialOptions): IClientOptions {
  return {
    clientId: dial.clientId,
    keepalive: dial.keepaliveSeconds,
    protocolVersion: 4,
    clean: true,
    // When to dial again is the link actor's decision.
    reconnectPeriod: 0,
    resubscribe: false,
    // A table of all message ids, built at load: 15 MB that a board does not have.
    writeCache: false,
    queueQoSZero: false,
    timerVariant: 'native',
    ...(dial.will && { will: { ...dial.will, payload: Buffer.from(dial.will.payload), qos: 1 as const } }),
    ...(broker.username !== undefined && { username: broker.username }),
    ...(broker.password !== undefined && { password: broker.password }),
  };
}
