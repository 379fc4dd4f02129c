import type { ChildSpec } from '@bramble/actors/index.ts';
import type { BrokerCounts } from './counts.ts';
import type { BrokerTls } from './listener.ts';

/** Where a broker takes connections. */
export interface BrokerAddress {
  /** A name or an address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
}

/** The broker of this fleet, embedded or not, as the rest of the controller sees it. */
export interface FleetBroker {
  /** For the controller and its boards, which show certificates. */
  readonly address: BrokerAddress;
  /** For those who have a name and a token. */
  readonly usersAddress: BrokerAddress;
  /** The name that its certificate carries. */
  readonly serverName: string;
  /** Resolves when it lets in whoever it was told of by now, or could not be told in time. */
  settled(): Promise<void>;
  /** The certificate for handshakes from now on, where it is ours to give. */
  updateTls(tls: BrokerTls): void;
  /** The actor that tells it whom to let in, where that takes one. */
  readonly keeper?: ChildSpec;
  /** Of the embedded one. @throws while it is being started again */
  counts?(): Promise<BrokerCounts>;
  close(): Promise<void>;
}

const loopback = /^(localhost|127\.[\d.]+|::1)$/;

/**
 * What a board that joins is told. A broker on the controller's own machine is where the board reached the controller,
 * whatever that machine is called there.
 */
export function placeForBoards({ address: { host, port } }: Pick<FleetBroker, 'address'>): {
  readonly mqttHost?: string;
  readonly mqttPort: number;
} {
  return { mqttPort: port, ...(!loopback.test(host) && { mqttHost: host }) };
}

/** Such as `mqtts://[::1]:8883`. */
export function brokerUrl({ host, port }: BrokerAddress): string {
  return `mqtts://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
