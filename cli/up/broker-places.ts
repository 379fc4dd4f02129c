import type { UpSettings } from './settings.ts';

export interface BrokerPlaces {
  /** For boards. */
  readonly url: string;
  readonly users: { readonly host: string; readonly port: number };
}

/** Where the broker is, for the commands on this machine. */
export function brokerPlaces({
  mqttPort,
  broker,
  brokerUsersPort,
}: Pick<UpSettings, 'mqttPort' | 'broker' | 'brokerUsersPort'>): BrokerPlaces {
  const here = { host: '127.0.0.1', port: mqttPort };
  if (broker === undefined) return { url: `mqtts://${here.host}:${here.port}`, users: here };
  const { hostname, port } = new URL(broker);
  return { url: broker, users: { host: hostname, port: brokerUsersPort ?? Number(port) + 1 } };
}
