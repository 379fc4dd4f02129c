import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls';
import { mqttTlsGroups } from '@bramble/protocol/tls.ts';

/** Which broker, and how to prove who we are there. PEM texts. */
export interface BrokerAddress {
  /** Such as `mqtts://192.168.1.10:8883`, or `mqtt:` without TLS. */
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

const secureSchemes = ['mqtts:', 'ssl:', 'tls:'];
const standardPorts = { plain: 1883, secure: 8883 };

/**
 * What MQTT runs over.
 * `onError` hears what goes wrong before the connection is there, such as a certificate that is not the broker's.
 */
export function openSocket(broker: BrokerAddress, onError: (error: Error) => void): Socket {
  const { protocol, hostname, port } = new URL(broker.url);
  // As URLs write addresses of IPv6.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!secureSchemes.includes(protocol))
    return connectTcp({ host, port: Number(port || standardPorts.plain) });
  const socket = connectTls({
    host,
    port: Number(port || standardPorts.secure),
    ...(isIP(host) === 0 && { servername: host }),
    ...tlsOptions(broker),
  });
  const refused = (error: Error): void => {
    onError(error);
    socket.end();
  };
  socket.on('error', refused);
  socket.once('secureConnect', () => socket.off('error', refused));
  return socket;
}

function tlsOptions({ ca, cert, key, serverName }: BrokerAddress): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    ecdhCurve: mqttTlsGroups,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && namedAs(serverName)),
  };
}

function namedAs(names: string | readonly string[]): ConnectionOptions {
  const all = typeof names === 'string' ? [names] : names;
  return {
    servername: all[0] ?? '',
    checkServerIdentity: (_host, certificate) => {
      const errors = all.map((name) => checkServerIdentity(name, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}
