import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { connect, type IClientOptions } from 'mqtt';
import type { DialOptions, LinkEvent, MqttConnection, MqttDialer } from '../port.ts';
import { Connection } from './connection.ts';

/** Which broker, and how to prove who we are there. PEM texts. */
export interface BrokerAddress {
  /** Such as `mqtts://192.168.1.10:8883`. */
  readonly url: string;
  /** The authority that signed the broker's certificate; the machine's own list unless told. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly username?: string;
  readonly password?: string;
  /** The name that the broker's certificate must carry, or one of several, where that is not the host in `url`. */
  readonly serverName?: string | readonly string[];
}

export interface DialerBounds {
  /** From the first byte to the last granted subscription. */
  readonly connectTimeoutMs: number;
  /** QoS 1 messages without PUBACK. */
  readonly unsettledMessages: number;
  /** Bytes without PUBACK, and bytes that wait for the socket. */
  readonly unsettledBytes: number;
}

const defaultBounds: DialerBounds = {
  connectTimeoutMs: 20_000,
  unsettledMessages: 10_000,
  unsettledBytes: 64 * 1_048_576,
};

/**
 * Dials with mqtt.js. A message that would exceed the bounds is not sent; its `settled` gets an error at once.
 * Some brokers (Mosquitto) send retained messages before they confirm a subscription, so `message` may precede
 * `connected`.
 */
export function createMqttDialer(broker: BrokerAddress, bounds: Partial<DialerBounds> = {}): MqttDialer {
  return {
    dial(options: DialOptions, onEvent: (event: LinkEvent) => void): MqttConnection {
      const client = connect(broker.url, clientOptions(broker, options));
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
    ...tlsOptions(broker),
  };
}

function tlsOptions(broker: BrokerAddress): IClientOptions {
  return {
    rejectUnauthorized: true,
    ...(broker.ca !== undefined && { ca: broker.ca }),
    ...(broker.cert !== undefined && { cert: broker.cert }),
    ...(broker.key !== undefined && { key: broker.key }),
    ...(broker.username !== undefined && { username: broker.username }),
    ...(broker.password !== undefined && { password: broker.password }),
    ...(broker.serverName !== undefined && namedAs(broker.serverName)),
  };
}

function namedAs(names: string | readonly string[]): IClientOptions {
  const all = typeof names === 'string' ? [names] : names;
  const check = (_host: string, certificate: PeerCertificate): Error | undefined => {
    const errors = all.map((name) => checkServerIdentity(name, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
  return { servername: all[0] ?? '', checkServerIdentity: check } as IClientOptions;
}
